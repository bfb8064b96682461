// Folding: a box stands in for a frame, and one edge for all that lead from here to there.

import { element } from "./svg.js";

const LINE = 13; // the height of a line of a folded frame, in points
const ARROW = 6;

export class Folding {
  constructor(svg, table, boxes, edges) {
    this.table = table;
    this.boxes = boxes;
    this.edges = edges;
    this.frames = table.frames.map((_, i) => svg.querySelector(`#frame${i}`));
    this.outlines = new Map(
      [...boxes, ...this.frames].map((shape) => [shape, table.outlines[shape.id]]),
    );
    this.folded = new Set();
    this.standIns = new Map(); // what to light up for a box or an edge that is folded away
    this.overlay = element("g", {}, svg.querySelector(".graph"));
    this.changed = () => {};
    this.frames.forEach((shape, i) => shape.addEventListener("click", () => this.toggle(i)));
  }

  standIn(shape) {
    return this.standIns.get(shape) ?? shape;
  }

  outlineOf(path) {
    const i = this.table.frames.findIndex((frame) => frame.lines[0] === path);
    return this.outlines.get(this.frames[i]);
  }

  toggle(i) {
    if (!this.folded.delete(i)) this.folded.add(i);
    this.fold();
    this.changed();
  }

  outermost(box) {
    return this.table.frames.findIndex(
      (frame, i) => this.folded.has(i) && frame.boxes.includes(box),
    );
  }

  fold() {
    this.overlay.replaceChildren();
    this.standIns.clear();
    const summaries = new Map();
    this.frames.forEach((shape, i) => {
      const inside = this.folded.has(this.table.frames[i].parent);
      shape.style.display = inside || this.folded.has(i) ? "none" : "";
      if (this.folded.has(i) && !inside) summaries.set(i, this.summary(i));
    });
    const standIn = this.boxes.map((shape, i) => summaries.get(this.outermost(i)) ?? shape);
    this.boxes.forEach((shape, i) => {
      shape.style.display = standIn[i] === shape ? "" : "none";
      this.standIns.set(shape, standIn[i]);
    });
    const merged = new Map(); // by both ends, the edges that become one
    this.edges.forEach((shape, i) => {
      const ends = this.table.edges[i].map((box) => standIn[box]);
      const untouched = this.table.edges[i].every((box) => standIn[box] === this.boxes[box]);
      shape.style.display = untouched ? "" : "none";
      if (untouched || ends[0] === ends[1]) return;
      const from = merged.get(ends[0]) ?? merged.set(ends[0], new Map()).get(ends[0]);
      from.set(ends[1], [...(from.get(ends[1]) ?? []), shape]);
    });
    for (const [source, targets] of merged) {
      for (const [target, shapes] of targets) {
        const one = this.connection(source, target, shapes.length);
        for (const shape of shapes) this.standIns.set(shape, one);
      }
    }
  }

  summary(i) {
    const [left, top, width, height] = this.outlines.get(this.frames[i]);
    const lines = this.table.frames[i].lines;
    const group = element("g", { class: "folded" }, this.overlay);
    const sizes = lines.map((_, n) => (n ? 10 : 11));
    const wide = Math.max(...lines.map((line, n) => sizes[n] * ems(line))) + 20;
    const high = LINE * lines.length + 14;
    const [x, y] = [left + (width - wide) / 2, top + (height - high) / 2];
    element("rect", { x, y, width: wide, height: high, rx: 10 }, group);
    lines.forEach((line, n) => {
      element(
        "text",
        {
          x: left + width / 2,
          y: y + 17 + LINE * n,
          "font-size": sizes[n],
          "font-weight": n ? "normal" : "bold",
        },
        group,
      ).textContent = line;
    });
    this.outlines.set(group, [x, y, wide, high]);
    group.addEventListener("click", () => this.toggle(i));
    return group;
  }

  connection(source, target, count) {
    const from = this.outlines.get(source);
    const to = this.outlines.get(target);
    const [x1, y1] = [from[0] + from[2], from[1] + from[3] / 2];
    const [x2, y2] = [to[0] - ARROW, to[1] + to[3] / 2];
    const bend = Math.max(30, (x2 - x1) / 2);
    const group = element("g", { class: "merged" }, this.overlay);
    element(
      "path",
      { d: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}` },
      group,
    );
    element("polygon", { points: `${x2},${y2 - 3} ${x2 + ARROW},${y2} ${x2},${y2 + 3}` }, group);
    if (count > 1) {
      const middle = { x: (x1 + x2) / 2, y: (y1 + y2) / 2 - 3 };
      element("text", middle, group).textContent = `×${count}`;
    }
    return group;
  }
}

// At most so wide is a line, in its font's size; a page that is hidden could not measure it.
function ems(line) {
  const wide = (character) => {
    if (character > "\u2e7f") return 1.4; // of East Asia, a picture
    return /[A-Zmw%@\u2013-\u2026]/.test(character) || character > "\u024f" ? 0.95 : 0.6;
  };
  return [...line].reduce((sum, character) => sum + wide(character), 0);
}
