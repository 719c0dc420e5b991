// A message that floats: results only. It goes by itself where a time is given, and else stays until it is closed.

export function say(words, milliseconds = 0) {
  const toast = document.createElement("div");
  toast.className = "toast";
  const text = document.createElement("p");
  text.textContent = words;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "copy";
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  close.addEventListener("click", () => toast.remove());
  toast.append(text, close);
  document.getElementById("toasts").append(toast);
  if (milliseconds) setTimeout(() => toast.remove(), milliseconds);
}
