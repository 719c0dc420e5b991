// Keeps the figures of a page up to date: what is marked is taken out of the page as the server shows it now.
// Nothing moves that is read or pressed: parts are replaced where they stand, never while the reader is in them.

const QUIET = 1000;

export function following(root) {
  const place = root.querySelector("[data-events]");
  if (!place) return;
  const events = new EventSource(place.dataset.events);
  let due = 0;
  const refresh = () => {
    clearTimeout(due);
    due = setTimeout(replace, 150);
  };
  // what has come to its end is not asked for again
  events.addEventListener("end", () => events.close());
  for (const name of (place.dataset.on ?? "message").split(" ")) events.addEventListener(name, refresh);
  addEventListener("pagehide", () => events.close());
}

let last = 0;
export async function replace() {
  if (Date.now() - last < QUIET) {
    setTimeout(replace, QUIET);
    return;
  }
  last = Date.now();
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const now = fresh.querySelector(`[data-fresh="${part.dataset.fresh}"]`);
    if (!now || part.contains(document.activeElement) || part.querySelector("details[open]")) continue;
    if (now.textContent !== part.textContent) {
      const adopted = document.importNode(now, true);
      part.replaceWith(adopted);
      adopted.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
    }
  }
}
