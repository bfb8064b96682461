// One picture of the page, and how it looks after so many steps of a pass.

import { Folding } from "./folding.js";
import { Sight } from "./sight.js";
import { tellOnHover } from "./tips.js";

const EM = 0.56; // the width of a digit, in its font's size
const BORDERS = 15; // between a box and what stands in it, on both sides, in points

export class Picture {
  constructor(home, table) {
    this.home = home;
    this.table = table;
    this.svg = home.querySelector("svg");
    this.boxes = table.paths.map((_, i) => this.svg.querySelector(`#box${i}`));
    this.edges = table.edges.map((_, i) => this.svg.querySelector(`#edge${i}`));
    this.grounds = this.boxes.map((box) => box.querySelector(".ground"));
    this.gradients = this.boxes.map((box) => box.querySelector(".grad"));
    this.drawn = this.boxes.map((_, i) => ({
      gradient: this.gradients[i]?.textContent,
      fill: this.grounds[i].getAttribute("fill"),
    }));
    this.numbers = this.boxes.map((box, i) =>
      table.live.boxes[i].rows.map(([label]) => {
        const texts = [...box.querySelectorAll("text")];
        return texts.find(
          (text, n) =>
            /data|grad|number/.test(text.getAttribute("class")) &&
            texts[n - 1].textContent.trim() === label,
        );
      }),
    );
    this.asDrawn = [...this.svg.querySelectorAll(".node *, .edge *")].map((part) => [
      part,
      part.firstElementChild ? null : part.textContent,
      [...part.attributes].map((a) => [a.name, a.value]),
    ]);
    this.recorded = {
      drawn: this.drawn,
      tips: { ...table.tips },
      steps: structuredClone(table.backward.steps),
      forward: structuredClone(table.forward.steps),
      frames: structuredClone(table.frames),
    };
    this.sight = new Sight(home, this.svg);
    this.folding = new Folding(this.svg, table, this.boxes, this.edges);
    tellOnHover(this.svg, table.tips);
  }

  // The numbers as they are now, in the colours of the scale in the legend.
  paint(live) {
    const { boxes, edges, scale } = this.table.live;
    this.home.classList.add("touched");
    this.drawn = boxes.map(({ rows, colour: { sum, nodes } }, i) => {
      rows.forEach(([, what, of], n) => {
        if (this.numbers[i][n]) this.write(i, this.numbers[i][n], live.text(what, of));
      });
      const gradients = nodes.map((node) => live.gradient(node));
      const mixed = !sum && gradients.some((x) => x > 0) && gradients.some((x) => x < 0);
      const some = gradients.find((x) => x !== 0) ?? 0;
      const size = sum ? live.sum(nodes) : Math.sign(some) * live.size(nodes);
      const [tip, id] = [this.recorded.tips[`box${i}`], `box${i}`];
      if (tip && rows[0]?.[1] === "data") {
        this.table.tips[id] = tip
          .split("\n")
          .slice(0, 2)
          .join("\n")
          .replace(/data \S+$/m, `data ${live.exact(live.value(rows[0][2][0]))}`)
          .replace(/gradient \S+$/m, `gradient ${live.exact(live.sum(rows[1][2]))}`);
      }
      return { gradient: this.gradients[i]?.textContent, fill: live.fill(scale, size, mixed) };
    });
    edges.forEach((edge, i) => {
      const [local, contribution] = live.paintEdge(
        scale,
        this.edges[i],
        edge,
        edge.uses.length === 1,
      );
      const tip = this.recorded.tips[`edge${i}`];
      if (edge.uses.length !== 1 || !tip) return;
      this.table.tips[`edge${i}`] = tip
        .replace(/= \S+$/m, `= ${local}`)
        .replace(/^× gradient \S+$/m, `× gradient ${live.exact(live.gradient(edge.uses[0][1]))}`)
        .replace(/^= contribution \S+$/m, `= contribution ${contribution}`);
    });
    this.table.frames.forEach(({ lines }, i) => {
      lines[2] = `data ${live.text("spread", this.table.live.frames[i])}`;
      lines[3] = `grad rms ${live.text("rms", this.table.live.frames[i])}`;
    });
    this.folding.fold();
    const arrived = new Map();
    for (const step of this.table.backward.steps) {
      if (!step.use) continue;
      const { product, line } = live.step(step);
      step.line = line;
      if (step.grad === undefined) continue;
      const parent = step.use[2];
      arrived.set(parent, (arrived.get(parent) ?? 0) + product);
      const { nodes, sum } = boxes[step.to].colour;
      const after =
        nodes.length > 1 && sum
          ? nodes.reduce((total, node) => total + (arrived.get(node) ?? 0), 0)
          : arrived.get(parent);
      step.grad = live.write(after);
      step.fill = live.fill(nodes.length ? scale : null, after);
    }
    for (const step of this.table.forward.steps) {
      if (step.node !== undefined) step.line = live.said(step.node);
    }
  }

  // A number in its box, smaller where it has more digits than the box was drawn for.
  write(i, number, text) {
    number.textContent = text;
    const room =
      this.table.outlines[`box${i}`][2] -
      BORDERS -
      EM *
        Number(number.previousElementSibling.getAttribute("font-size")) *
        number.previousElementSibling.textContent.trim().length;
    const drawn = Number(number.getAttribute("font-size"));
    const fits = room / (EM * text.length);
    number.style.fontSize =
      this.home.classList.contains("touched") && fits < drawn ? `${fits}px` : "";
  }

  // The recorded texts, to the letter.
  restore() {
    this.home.classList.remove("touched");
    for (const [part, text, attributes] of this.asDrawn) {
      if (text !== null && part.textContent !== text) part.textContent = text;
      part.style.fontSize = "";
      if (!/path|polygon/.test(part.tagName)) continue;
      for (const name of part.getAttributeNames()) {
        if (!attributes.some(([key]) => key === name)) part.removeAttribute(name);
      }
      for (const [name, value] of attributes) part.setAttribute(name, value);
    }
    this.drawn = this.recorded.drawn;
    Object.assign(this.table.tips, this.recorded.tips);
    this.table.backward.steps = structuredClone(this.recorded.steps);
    this.table.forward.steps = structuredClone(this.recorded.forward);
    this.table.frames.forEach((frame, i) => {
      frame.lines = [...this.recorded.frames[i].lines];
    });
    this.folding.fold();
  }

  lookAt(path) {
    const outline = this.folding.outlineOf(path);
    if (outline) this.sight.lookAt(outline, 20);
  }

  light(shape) {
    this.folding.standIn(shape).classList.add("lit");
  }

  show(pass, position) {
    const { steps } = this.table[pass];
    const backward = pass === "backward";
    for (const shape of this.svg.querySelectorAll(".lit, .reached")) {
      shape.classList.remove("lit", "reached");
    }
    this.boxes.forEach((box, i) => {
      const untouched = !backward || i === this.table.output;
      box.classList.toggle("pending", !(backward && untouched));
      this.grounds[i].setAttribute("fill", this.drawn[i].fill);
      if (this.gradients[i]) {
        this.write(i, this.gradients[i], untouched ? this.drawn[i].gradient : "0");
      }
    });
    for (const step of steps.slice(0, position)) {
      this.boxes[step.to].classList.remove("pending");
      for (const edge of step.edges) this.edges[edge].classList.add("reached");
      if (step.grad === undefined) continue;
      this.grounds[step.to].setAttribute("fill", step.fill);
      if (this.gradients[step.to]) this.write(step.to, this.gradients[step.to], step.grad);
    }
    const step = steps[position - 1];
    if (step) {
      this.light(this.boxes[step.to]);
      for (const edge of step.edges) this.light(this.edges[edge]);
    } else if (backward) {
      this.light(this.boxes[this.table.output]);
    }
  }
}
