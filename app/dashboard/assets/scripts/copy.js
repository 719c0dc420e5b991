// Copies what a button holds, and says so.

import { say } from "./say.js";

export function copying(root) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      say("Copied whole.", 2500);
    } catch {
      say(`The browser does not let this page copy: ${button.dataset.copy}`);
    }
  });
}
