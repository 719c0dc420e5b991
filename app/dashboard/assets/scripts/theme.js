// Changes the theme at once; the cookie is the one that the form without scripts sets.

export function themes(root) {
  for (const button of root.querySelectorAll("[data-theme-switch]")) button.addEventListener("click", (event) => {
    event.preventDefault();
    const html = document.documentElement;
    const dark = html.dataset.theme ? html.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    html.dataset.theme = dark ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `earnest_theme=${html.dataset.theme}; path=/; max-age=31536000; samesite=strict${secure}`;
  });
}
