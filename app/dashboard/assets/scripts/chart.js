// Charts: exact values under the pointer, taken from the table behind, and the picture as a file.

const NAMESPACE = "http://www.w3.org/2000/svg";
const KEPT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-weight", "font-family", "text-anchor"];

export function downloads(root) {
  for (const button of root.querySelectorAll("[data-download]")) {
    button.hidden = false;
    button.onclick = () => save(document.getElementById(button.dataset.download), button.dataset.download);
  }
}

// the page's styles do not travel with the file: what they come to is written into it
function save(figure, name) {
  const picture = figure.querySelector("svg.plot");
  const copy = picture.cloneNode(true);
  const originals = [picture, ...picture.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, index) => {
    const found = getComputedStyle(originals[index]);
    for (const property of KEPT) element.setAttribute(property, found.getPropertyValue(property));
  });
  const { width, height } = picture.getBoundingClientRect();
  copy.setAttribute("xmlns", NAMESPACE);
  // with room for the axes' words, which stand around the plot
  copy.setAttribute("viewBox", `-70 -20 ${width + 140} ${height + 76}`);
  copy.setAttribute("width", width + 140);
  copy.setAttribute("height", height + 76);
  for (const inner of copy.querySelectorAll("svg[viewBox='0 0 1000 1000']")) {
    inner.setAttribute("width", width);
    inner.setAttribute("height", height);
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
  link.download = `${name}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function crosshairs(root) {
  for (const figure of root.querySelectorAll("figure.chart:not([data-followed])")) {
    figure.dataset.followed = "";
    const room = figure.querySelector("svg.plot");
    const rows = [...figure.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent));
    const heads = [...figure.querySelectorAll("thead th")].map((cell) => cell.textContent);
    if (room && rows.length > 1) follow(figure, room, rows, heads);
  }
}

function follow(figure, room, rows, heads) {
  const canvas = figure.querySelector(".canvas");
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  const line = document.createElementNS(NAMESPACE, "line");
  line.setAttribute("class", "cross");
  line.setAttribute("y1", 0);
  line.setAttribute("y2", "100%");
  line.setAttribute("visibility", "hidden");
  room.append(line);
  canvas.append(tip);
  // a chart says itself where its rows lie; else they lie by their times, or evenly
  const given = room.dataset.places ? JSON.parse(room.dataset.places) : null;
  const times = rows.map((row) => Date.parse(row[0].replace(" UTC", "Z").replace(" ", "T")));
  const dated = times.every((time) => !Number.isNaN(time));
  const place = (index) =>
    given ? given[index] : dated ? (times[index] - times[0]) / (times.at(-1) - times[0] || 1) : index / (rows.length - 1);
  const hide = () => {
    tip.hidden = true;
    line.setAttribute("visibility", "hidden");
  };
  let shown = -1;
  const show = (index) => {
    shown = index;
    const { left, width } = room.getBoundingClientRect();
    const inside = canvas.getBoundingClientRect();
    const x = `${100 * place(index)}%`;
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    line.setAttribute("visibility", "visible");
    const said = rows[index].map((value, column) => (column ? `${heads[column]}  ${value}` : given ? `${heads[0]}  ${value}` : value));
    tip.textContent = said.join(given ? "\n" : " · ");
    tip.hidden = false;
    const at = left - inside.left + width * place(index);
    tip.style.left = `${Math.max(0, Math.min(inside.width - tip.offsetWidth, at + 10))}px`;
  };
  canvas.addEventListener("pointermove", (event) => {
    const { left, width, height } = room.getBoundingClientRect();
    const part = (event.clientX - left) / width;
    if (part < -0.02 || part > 1.02 || height === 0) return hide();
    let nearest = 0;
    for (let index = 1; index < rows.length; index += 1)
      if (Math.abs(place(index) - part) < Math.abs(place(nearest) - part)) nearest = index;
    show(nearest);
  });
  canvas.addEventListener("pointerleave", hide);
  // the same by keys: one value after another, and away
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "group");
  canvas.setAttribute("aria-label", "Exact values: arrow keys go along the chart");
  tip.setAttribute("role", "status");
  canvas.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: shown + 1, ArrowLeft: shown - 1, Home: 0, End: rows.length - 1 };
    if (event.key === "Escape") return hide();
    if (!(event.key in steps)) return;
    event.preventDefault();
    show(Math.max(0, Math.min(rows.length - 1, steps[event.key])));
  });
  canvas.addEventListener("blur", hide);
}
