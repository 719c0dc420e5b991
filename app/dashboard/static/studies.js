// Keeps what a page shows of studies up to date. Without it the page is as true as when it was loaded.
"use strict";

/** A rough time in the unit that suits it; as the server's `about`. */
function about(seconds) {
  for (const [unit, size] of [["days", 86400], ["hours", 3600], ["min", 60]]) {
    if (seconds >= 2 * size) return `${Math.round(seconds / size)} ${unit}`;
  }
  return `${Math.round(seconds)} s`;
}

function detail(study) {
  if (study.status === "cancelled") return "It is being ended; a report on the finished runs follows.";
  if (study.stage === "data") return "The data are being prepared.";
  if (study.stage === "report") return "The report is being made.";
  if (study.stage === "runs" && study.done === study.runs) return "The rows are being written.";
  return study.seconds_left === null ? "" : `About ${about(study.seconds_left)} left.`;
}

function follow(place) {
  const shown = (name) => place.querySelector(`[data-show="${name}"]`);
  const set = (name, text) => {
    const element = shown(name);
    // a screen reader is told of changes only
    if (element && element.textContent !== text) element.textContent = text;
  };
  const events = new EventSource(place.dataset.events);
  events.addEventListener("progress", (event) => {
    const study = JSON.parse(event.data);
    shown("bar").value = study.done;
    set("count", `${study.done} of ${study.runs}`);
    set("status", study.status);
    set("detail", detail(study));
  });
  events.addEventListener("end", () => {
    events.close();
    // a form that is being filled in is not thrown away
    if (!document.querySelector("details[open]")) location.reload();
  });
}

// a browser keeps few connections to one host; only one study runs at a time, the others wait
[...document.querySelectorAll("[data-events]")].slice(-2).forEach(follow);
