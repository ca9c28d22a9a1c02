// Every page works without this. It only makes four things nicer.

// Times come in UTC. Show them in the viewer's own zone, and say which zone that is.
const format = new Intl.DateTimeFormat("en-US", {
  day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  timeZoneName: "short",
});
function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.valueOf()) || time.title) continue;
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
// has the same id there, until that has no such address any more; what has data-refresh-along goes with it. A tab that
// nobody sees waits until somebody does. What a screen reader should hear of it is marked data-announce.
const announcer = document.createElement("p");
announcer.className = "visually-hidden";
announcer.setAttribute("aria-live", "polite");

const longestWait = 60_000;
const nextLook = (milliseconds) => new Promise((look) => setTimeout(() => {
  if (!document.hidden) return look();
  document.addEventListener("visibilitychange", () => look(), { once: true });
}, milliseconds));

// Nothing is taken out of anybody's hands: a field in use or with something typed, a form on its way.
const isInUse = (element) =>
  document.activeElement?.matches("input, textarea, select") && element.contains(document.activeElement)
  || [...element.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue)
  || [...sent.keys()].some((form) => element.contains(form));

function replace(element, found) {
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  showLocalTimes(found);
  // What was opened stays open, and what was scrolled where it was.
  const scrolled = [];
  for (const was of element.querySelectorAll("details[id], .table-scroll[id]")) {
    const is = found.querySelector(`[id="${was.id}"]`);
    if (is && "open" in was) is.open = was.open;
    else if (is) scrolled.push([is, was.scrollTop, was.scrollLeft]);
  }
  element.replaceWith(found);
  for (const [is, top, left] of scrolled) is.scrollTo(left, top);
  // Whoever is at a button with a keyboard stays there, or at least in this part of the page.
  if (focused) (document.getElementById(focused) ?? document.getElementById("content"))?.focus();
}

async function keepFresh(element) {
  document.body.append(announcer);
  // Compared as it came, before times were made local: what says nothing new is left alone.
  let said = element.textContent;
  showLocalTimes(element);
  for (let wait = 0; element.dataset.refreshUrl;) {
    const pace = 1000 * Number(element.dataset.refreshSeconds || 2);
    await nextLook(Math.max(pace, wait));
    try {
      const response = await fetch(element.dataset.refreshUrl, { headers: { Accept: "text/html" } });
      // Signed out meanwhile, or gone: let the whole page say so.
      if (response.redirected || response.status >= 400 && response.status < 500) return location.reload();
      if (!response.ok) throw new Error(`status ${response.status}`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const found = page.getElementById(element.id);
      if (!found) return location.reload();
      wait = 0;
      if (found.textContent === said || isInUse(element)) continue;

      said = found.textContent;
      const sentence = found.querySelector("[data-announce]")?.textContent.trim();
      const heard = element.querySelector("[data-announce]")?.textContent.trim();
      replace(element, found);
      element = found;
      document.title = page.title;
      for (const along of document.querySelectorAll("[data-refresh-along][id]")) {
        const fresh = page.getElementById(along.id);
        if (fresh) replace(along, fresh);
      }
      if (sentence && sentence !== heard) announcer.textContent = element.querySelector("[data-announce]").textContent.trim();
    } catch {
      // No network, or the store is out of breath: the next try tells, later each time.
      wait = Math.min(2 * Math.max(pace, wait), longestWait);
    }
  }
}
for (const element of document.querySelectorAll("[data-refresh-url][id]")) keepFresh(element);
showLocalTimes(document);

// A box marked data-ticks ticks all boxes of its form that have the name it says; without this script it is not shown.
for (const all of document.querySelectorAll("[data-ticks]")) {
  const boxes = [...all.form.querySelectorAll(`input[name="${all.dataset.ticks}"]`)];
  const tell = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; });
  for (const box of boxes) box.addEventListener("change", tell);
  all.hidden = false;
  tell();
}

// A chart is one stop for the Tab key; arrows, Home and End go from value to value. What has the focus or the pointer is said
// below the chart. Listened to here and not at the charts: a page that is read again has new ones.
function readOut(point) {
  const readout = point.closest("figure").querySelector("[data-readout]");
  if (readout) readout.textContent = point.querySelector("title").textContent;
}
document.addEventListener("keydown", (event) => {
  const point = event.target.closest?.("[data-point]");
  if (!point || event.altKey || event.ctrlKey || event.metaKey) return;
  const points = [...point.closest("svg").querySelectorAll("[data-point]")];
  const at = points.indexOf(point);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: points.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  points[to]?.focus();
});
document.addEventListener("focusin", (event) => {
  const point = event.target.closest?.("[data-point]");
  if (!point) return;
  for (const other of point.closest("svg").querySelectorAll("[data-point][tabindex='0']")) other.setAttribute("tabindex", "-1");
  point.setAttribute("tabindex", "0");
  readOut(point);
});
document.addEventListener("pointerover", (event) => {
  const point = event.target.closest?.("[data-point]");
  if (point) readOut(point);
});
