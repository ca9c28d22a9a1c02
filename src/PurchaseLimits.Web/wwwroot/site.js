// Every page works without this. It only makes three things nicer.

// Times come in UTC. Show them in the viewer's own zone, and say which zone that is.
const format = new Intl.DateTimeFormat("en-US", {
  day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  timeZoneName: "short",
});
function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.valueOf())) continue;
    time.title = time.textContent;
    const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
    time.textContent =
      `${part.day} ${part.month} ${part.year}, ${part.hour}:${part.minute}:${part.second} ${part.timeZoneName}`;
  }
}
showLocalTimes(document);

// A second click while the first request is on its way asks for nothing new. The key in the form is what prevents a
// second purchase; this only spares the customer the wait.
const sent = new Map();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.set(form, event.submitter);
  // Afterwards: a button that is disabled at once would be left out of what is sent.
  setTimeout(() => event.submitter?.setAttribute("disabled", ""), 0);
});
// The back button may bring this page out of the browser's cache as it was left: make its forms usable again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of sent.values()) button?.removeAttribute("disabled");
  sent.clear();
});

// An element with an id and data-refresh-url is read again from there every data-refresh-seconds and replaced by what
// has the same id there, until that has no such attribute any more. Whoever is elsewhere need not be told.
function keepFresh(element) {
  setTimeout(async () => {
    let fresh = element;
    try {
      const response = document.hidden ? null : await fetch(element.dataset.refreshUrl, { headers: { Accept: "text/html" } });
      // Signed out meanwhile, or gone: let the whole page say so.
      if (response?.redirected || response?.status >= 400 && response.status < 500) return location.reload();
      const found = response?.ok
        && new DOMParser().parseFromString(await response.text(), "text/html").getElementById(element.id);
      if (found) {
        const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
        showLocalTimes(found);
        element.replaceWith(found);
        fresh = found;
        // Whoever is at a button with a keyboard stays there, or at least in this part of the page.
        if (focused) (document.getElementById(focused) ?? document.getElementById("content")).focus();
      }
    } catch {
      // No network at the moment: the next try tells.
    }
    if (fresh.dataset.refreshUrl) keepFresh(fresh);
  }, 1000 * Number(element.dataset.refreshSeconds || 2));
}
for (const element of document.querySelectorAll("[data-refresh-url][id]")) keepFresh(element);
