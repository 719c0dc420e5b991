// Forms: busy while they are on their way, a file that is dropped, a choice that is applied at once.

export function forms(root) {
  for (const form of root.querySelectorAll("form[method='post']:not([data-busy-bound], [hx-post])")) {
    form.dataset.busyBound = "";
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented || !event.submitter) return;
      // after the form has been read, or the pressed button's value would be missing
      setTimeout(() => event.submitter.setAttribute("aria-busy", "true"));
    });
  }
  for (const area of root.querySelectorAll(".drop")) {
    const input = area.querySelector("input[type='file']");
    if (!input) continue;
    const shown = area.querySelector("[data-name]");
    const name = () => { if (shown && input.files.length) shown.textContent = input.files[0].name; };
    input.addEventListener("change", name);
    for (const kind of ["dragover", "dragenter"]) area.addEventListener(kind, (event) => {
      event.preventDefault();
      area.classList.add("over");
    });
    area.addEventListener("dragleave", () => area.classList.remove("over"));
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      area.classList.remove("over");
      if (event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        name();
      }
    });
  }
  for (const select of root.querySelectorAll("form[role='search'] select"))
    select.addEventListener("change", () => select.form.requestSubmit());
}

addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[aria-busy='true']")) button.removeAttribute("aria-busy");
});
