// Times as the clock on the reader's wall shows them; the title keeps UTC.

const SHOWN = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

const HOURS = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAYS = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

export function dates(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.textContent = SHOWN.format(at);
  }
  // below a chart: hours where the server wrote hours, days where it wrote days
  for (const mark of root.querySelectorAll("tspan[data-at]"))
    mark.textContent = (mark.textContent.includes(":") ? HOURS : DAYS).format(new Date(1000 * mark.dataset.at));
}
