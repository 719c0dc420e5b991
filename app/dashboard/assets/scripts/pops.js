// What opens over a page stays within the window, and closes by Escape and by a press beside it.

const OPEN = "details:is(.menu, .pop, .exact)[open]";

/** Keep as far from the window's sides. */
const AWAY = 8;

function hold(box) {
  box.style.translate = "";
  const { left, right } = box.getBoundingClientRect();
  const most = document.documentElement.clientWidth - AWAY;
  const by = left < AWAY ? AWAY - left : right > most ? most - right : 0;
  if (by) box.style.translate = `${by}px`;
}

export function pops(root) {
  // it does not bubble
  root.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.matches(OPEN)) hold(event.target.lastElementChild);
  }, true);
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
