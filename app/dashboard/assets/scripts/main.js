// What pages do beyond forms and links. Every page reads and every form but signing works without any of this.

import "htmx.org";
import { copying } from "./copy.js";
import { dates } from "./time.js";
import { downloads, crosshairs } from "./chart.js";
import { following } from "./live.js";
import { sweeps } from "./sweeps.js";
import { themes } from "./theme.js";
import { forms } from "./forms.js";
import { senders } from "./sending.js";
import { wallets } from "./wallet.js";
import { pops } from "./pops.js";
import { views } from "./view.js";
import { say } from "./say.js";

document.documentElement.classList.add("js");
for (const start of [copying, themes, dates, downloads, crosshairs, following, sweeps, forms, senders, pops, wallets, views]) start(document);
// a part that does not come is said, or a press would look as if nothing had happened
document.body.addEventListener("htmx:responseError", () => say("That cannot be shown now. Load the page again."));
document.body.addEventListener("htmx:sendError", () => say("The service does not answer. Try again in a moment."));
// what htmx has put into the page needs the same
document.body.addEventListener("htmx:load", (event) => {
  if (event.target === document.body) return;
  for (const start of [dates, downloads, crosshairs, forms, views]) start(event.target);
  // an answer to what was pressed, below the window on a narrow one
  if (event.target.matches("[data-in-view]") && event.target.getBoundingClientRect().top > 0.7 * innerHeight) event.target.scrollIntoView();
});
