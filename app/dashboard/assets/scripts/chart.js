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
  copy.setAttribute("viewBox", `-70 -20 ${width + 140} ${height + 56}`);
  copy.setAttribute("width", width + 140);
  copy.setAttribute("height", height + 56);
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
  for (const figure of root.querySelectorAll("figure.chart")) {
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
  const times = rows.map((row) => Date.parse(row[0].replace(" UTC", "Z").replace(" ", "T")));
  const dated = times.every((time) => !Number.isNaN(time));
  const place = (index) => (dated ? (times[index] - times[0]) / (times.at(-1) - times[0] || 1) : index / (rows.length - 1));
  canvas.addEventListener("pointermove", (event) => {
    const frame = room.getBoundingClientRect();
    const inside = canvas.getBoundingClientRect();
    const { left, width } = frame;
    const part = (event.clientX - left) / width;
    if (part < -0.02 || part > 1.02 || frame.height === 0) return hide();
    let nearest = 0;
    for (let index = 1; index < rows.length; index += 1)
      if (Math.abs(place(index) - part) < Math.abs(place(nearest) - part)) nearest = index;
    const x = `${100 * place(nearest)}%`;
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    line.setAttribute("visibility", "visible");
    tip.textContent = rows[nearest].map((value, index) => (index ? `${heads[index]} ${value}` : value)).join(" · ");
    tip.hidden = false;
    const at = left - inside.left + width * place(nearest);
    tip.style.left = `${Math.max(0, Math.min(inside.width - tip.offsetWidth, at + 10))}px`;
  });
  const hide = () => {
    tip.hidden = true;
    line.setAttribute("visibility", "hidden");
  };
  canvas.addEventListener("pointerleave", hide);
}
