// A sweep's results: what is chosen is shown at once, and stands in the page's address, so that it can be passed on.

import { say } from "./say.js";

let asked = 0;

async function show(form) {
  const parts = new URLSearchParams(new FormData(form));
  const query = new URLSearchParams([...parts].filter(([, value]) => value !== ""));
  const path = `${location.pathname}?${query}`;
  asked += 1;
  const mine = asked;
  let answer;
  try {
    answer = await fetch(path, { headers: { Accept: "text/html" } });
  } catch {
    return say("The service does not answer. Try again in a moment.");
  }
  if (!answer.ok) return say("That cannot be shown now. Load the page again.");
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("results");
  // what was asked for later is shown, whichever answer comes last
  if (mine !== asked || !fresh) return;
  const focused = document.activeElement?.id, tick = document.activeElement?.value, name = document.activeElement?.name;
  const now = document.importNode(fresh, true);
  document.getElementById("results").replaceWith(now);
  history.replaceState(null, "", path);
  now.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
  const again = focused ? document.getElementById(focused)
    : name ? now.querySelector(`[name="${name}"][value="${tick}"]`) : null;
  again?.focus({ preventScroll: true });
}

export function views(root) {
  const form = root.querySelector("form[data-view]");
  if (form && !form.dataset.bound) {
    form.dataset.bound = "";
    form.addEventListener("change", () => show(form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      show(form);
    });
    form.querySelector("button").hidden = true;
    const fold = form.closest("[data-fold]");
    if (fold && root === document && matchMedia("(max-width: 1099px)").matches) fold.open = false;
  }
  for (const button of root.querySelectorAll("[data-copy-here]")) {
    button.hidden = false;
    button.onclick = async () => {
      try {
        await navigator.clipboard.writeText(location.href);
        say("Copied.", 2500);
      } catch {
        say(`The browser does not let this page copy: ${location.href}`);
      }
    };
  }
  // the page of the lists alone has no form that they could be put into
  const area = document.getElementById("axes");
  if (!area) return;
  // one knob more among the settings of a new sweep
  for (const button of root.querySelectorAll("[data-add-line]")) {
    button.hidden = false;
    button.onclick = () => {
      area.value = `${area.value.trimEnd()}\n${button.dataset.addLine}`.trimStart();
      area.focus();
    };
  }
  for (const button of root.querySelectorAll("[data-scenario]")) {
    button.hidden = false;
    button.onclick = () => {
      document.getElementById("scenario").value = button.dataset.scenario;
      area.value = "";
      document.getElementById("seeds").value = "";
      say(`${button.dataset.scenario}: empty settings and seeds are the scenario's own.`, 4000);
    };
  }
}
