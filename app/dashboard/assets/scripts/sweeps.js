// Keeps what a page shows of sweeps up to date. Without it the page is as true as when it was loaded.

import { replace } from "./live.js";

/** A rough time in the unit that suits it; as the server's `about`. */
function about(seconds) {
  for (const [unit, size] of [["days", 86400], ["hours", 3600], ["min", 60]]) {
    if (seconds >= 2 * size) return `${Math.round(seconds / size)} ${unit}`;
  }
  return `${Math.round(seconds)} s`;
}

function detail(sweep) {
  if (sweep.status === "cancelled") return "It is being ended; a report on the finished runs follows.";
  if (sweep.stage === "data") return "The data are being prepared.";
  if (sweep.stage === "report") return "The report is being made.";
  if (sweep.stage === "runs" && sweep.done === sweep.runs) return "The rows are being written.";
  return sweep.seconds_left === null ? "" : `About ${about(sweep.seconds_left)} left.`;
}

// the first curves follow the runs, so often and no more
let drawn = 0, last = 0;
function refresh(done) {
  if (done === drawn || Date.now() - last < 3000 || !document.querySelector("[data-fresh='first']")) return;
  drawn = done;
  last = Date.now();
  replace();
}

function follow(place) {
  const shown = (name) => place.querySelector(`[data-show="${name}"]`);
  const set = (name, text) => {
    const element = shown(name);
    // a screen reader is told of changes only
    if (element && element.textContent !== text) element.textContent = text;
  };
  const events = new EventSource(place.dataset.sweep);
  events.addEventListener("progress", (event) => {
    const sweep = JSON.parse(event.data);
    shown("bar").value = sweep.done;
    set("count", `${sweep.done} of ${sweep.runs}`);
    set("status", sweep.status);
    set("detail", detail(sweep));
    refresh(sweep.done);
  });
  events.addEventListener("end", () => {
    events.close();
    // a form that is being filled in is not thrown away
    if (!document.querySelector("details.card[open]")) location.reload();
  });
}

// a browser keeps few connections to one host; only one sweep runs at a time, the others wait
export function sweeps(root) {
  [...root.querySelectorAll("[data-sweep]")].slice(-2).forEach(follow);
}
