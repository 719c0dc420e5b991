// Keeps the figures of a page up to date: what is marked is taken out of the page as the server shows it now.
// Nothing moves that is read or pressed: parts are replaced where they stand, never while the reader is in them.

/** What is being signed: its button, and what is said of it, stay where they are. */
const SIGNING = "dialog[open], [data-sign][aria-busy='true']";
const QUIET = 1000, PATIENCE = 3000, LONGEST = 60000;
const LOST = "The service does not answer. What stands here was true when it last did; the page goes on by itself.";

export function following(root) {
  const place = root.querySelector("[data-events]");
  if (!place) return;
  // that the chain's node is silent, or answers again, concerns every page
  const names = ["node", ...(place.dataset.on ?? "message").split(" ")];
  let events, due = 0, overdue = 0, lost = null, opened = false, pause = PATIENCE;
  const refresh = () => {
    clearTimeout(due);
    due = setTimeout(replace, 150);
  };
  const told = async () => {
    if (!await answers()) lost ??= banner();
    // refused, and not silent: it is asked again when the next try fails
    if (!lost) overdue = 0;
  };
  const connect = () => {
    events = new EventSource(place.dataset.events);
    // what has come to its end is not asked for again
    events.addEventListener("end", () => events.close());
    for (const name of names) events.addEventListener(name, refresh);
    events.onopen = () => {
      clearTimeout(overdue);
      overdue = 0;
      lost?.remove();
      lost = null;
      pause = PATIENCE;
      // what happened while nobody listened is on the page as it is now
      if (opened) refresh();
      opened = true;
    };
    events.onerror = () => {
      // who is cut off for a moment is not told
      overdue ||= setTimeout(told, PATIENCE);
      // browsers try again by themselves, but for an answer that refuses, as where too many pages are open
      if (events.readyState === EventSource.CLOSED) {
        setTimeout(connect, pause);
        pause = Math.min(2 * pause, LONGEST);
      }
    };
  };
  connect();
  addEventListener("pagehide", () => events.close());
}

async function answers() {
  try {
    return (await fetch("/healthz")).ok;
  } catch {
    return false;
  }
}

function banner() {
  const made = document.createElement("div");
  made.className = "banner warn";
  const words = document.createElement("p");
  words.textContent = LOST;
  made.append(words);
  document.querySelector(".node").prepend(made);
  return made;
}

let last = 0, waiting = 0;

// once, however much has happened in the meantime
function later() {
  clearTimeout(waiting);
  waiting = setTimeout(replace, QUIET);
}

export async function replace() {
  if (Date.now() - last < QUIET || document.querySelector(SIGNING)) {
    later();
    return;
  }
  last = Date.now();
  let answer;
  try {
    answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  } catch {
    // whoever follows is told that the service does not answer, and asks again once it does
    return;
  }
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (document.querySelector(SIGNING)) {
    // it was pressed while the page was on its way
    later();
    return;
  }
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const now = fresh.querySelector(`[data-fresh="${part.dataset.fresh}"]`);
    if (!now || part.contains(document.activeElement) || part.querySelector("details[open]")) continue;
    if (now.textContent !== part.textContent) {
      const adopted = document.importNode(now, true);
      // a part that is told aloud stays, and what it says is replaced
      if (part.getAttribute("role") === "status") part.replaceChildren(...adopted.childNodes);
      else part.replaceWith(adopted);
      (adopted.isConnected ? adopted : part).dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
    }
  }
}
