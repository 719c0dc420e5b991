// What opens over a page closes by Escape, and by a press beside it.

const OPEN = "details:is(.menu, .pop, .exact)[open]";

export function pops(root) {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of root.querySelectorAll(OPEN)) {
      if (open.contains(root.activeElement)) open.querySelector("summary").focus();
      open.open = false;
    }
  });
  root.addEventListener("click", (event) => {
    for (const open of root.querySelectorAll(OPEN)) if (!open.contains(event.target)) open.open = false;
  });
}
