// Goes to a Value by its name, and says in attributes what a box or an edge says to the eye.

export function findByName(graph, controls) {
  const input = document.getElementById("find");
  const list = document.getElementById("names");
  for (const name of new Set(graph.names)) list.append(new Option(name, name));
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") input.blur();
  });
  input.addEventListener("change", () => {
    const node = graph.names.indexOf(input.value.trim());
    const { picture } = controls;
    const box = picture.table.live.boxes.findIndex(({ members }) => members.includes(node));
    for (const shape of picture.boxes)
      shape.classList.toggle("found", shape === picture.boxes[box]);
    if (box < 0) return;
    picture.sight.lookAt(picture.table.outlines[`box${box}`], 120);
    (picture.boxes[box].querySelector("[tabindex]") ?? picture.boxes[box]).focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input:not([type=range])")) return;
    event.preventDefault();
    input.focus();
  });
}

// Each box and edge is named by what it tells while the pointer is on it.
export function name(pictures) {
  for (const { svg, table, boxes, edges } of pictures) {
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", "the graph");
    for (const shape of [...boxes, ...edges]) {
      shape.setAttribute("role", "group");
      shape.setAttribute("aria-label", table.tips[shape.id] ?? "");
    }
    for (const shape of boxes) shape.setAttribute("tabindex", -1);
  }
}
