// Every page works without this. It only makes two things nicer.

// Times come in UTC. Show them in the viewer's own zone, and say which zone that is.
const format = new Intl.DateTimeFormat("en-US", {
  day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  timeZoneName: "short",
});
for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.valueOf())) continue;
  time.title = time.textContent;
  const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
  time.textContent =
    `${part.day} ${part.month} ${part.year}, ${part.hour}:${part.minute}:${part.second} ${part.timeZoneName}`;
}

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
