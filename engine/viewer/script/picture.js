// One picture of the page, and how it looks after so many steps of a pass.

import { Folding } from "./folding.js";
import { Sight } from "./sight.js";
import { tellOnHover } from "./tips.js";

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
    this.sight = new Sight(home, this.svg);
    this.folding = new Folding(this.svg, table, this.boxes, this.edges);
    tellOnHover(this.svg, table.tips);
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
        this.gradients[i].textContent = untouched ? this.drawn[i].gradient : "0";
      }
    });
    for (const step of steps.slice(0, position)) {
      this.boxes[step.to].classList.remove("pending");
      for (const edge of step.edges) this.edges[edge].classList.add("reached");
      if (step.grad === undefined) continue;
      this.grounds[step.to].setAttribute("fill", step.fill);
      if (this.gradients[step.to]) this.gradients[step.to].textContent = step.grad;
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
