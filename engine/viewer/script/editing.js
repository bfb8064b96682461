// Changes numbers by hand: by dragging, by typing, by the keys, and down the slope.

import { numberText } from "./digits.js";
import { element } from "./svg.js";

const byName = (id) => document.getElementById(id);
const PIXEL = 0.01; // of the number, or of 1 where it is smaller
const FINER = 0.1;
const FRAME = 100; // milliseconds, a step downhill

export class Editing {
  constructor(live, changed) {
    this.live = live;
    this.changed = changed;
    this.curve = [live.output];
    this.timer = null;
    for (const picture of live.pictures) {
      picture.table.live.boxes.forEach(({ leaf }, i) => {
        const number = picture.boxes[i].querySelector(".data");
        if (leaf !== null && number) this.handle(number, live.leafOf.get(leaf));
      });
    }
    byName("reset").addEventListener("click", () => this.reset());
    byName("once").addEventListener("click", () => this.descend(1));
    byName("ten").addEventListener("click", () => this.descend(10));
    byName("run").addEventListener("click", () => this.run(this.timer === null));
    byName("rate").addEventListener("input", () => this.tell());
    this.tell();
  }

  get rate() {
    return 10 ** Number(byName("rate").value);
  }

  tell() {
    byName("rateText").textContent = numberText(this.rate, 2);
    byName("rate").setAttribute("aria-valuetext", numberText(this.rate, 2));
    byName("reset").disabled = !this.live.touched;
    for (const number of document.querySelectorAll("[role=spinbutton]")) {
      number.setAttribute("aria-valuenow", this.live.leaves[number.dataset.leaf]);
      number.setAttribute("aria-valuetext", number.textContent);
    }
    this.draw();
  }

  show(sentence) {
    byName("promise").textContent = sentence;
    this.changed();
    this.tell();
  }

  nudge(leaf, to, from, before) {
    this.run(false);
    if (Number.isFinite(to)) this.show(this.live.nudge(leaf, to, from, before));
  }

  reset() {
    this.run(false);
    this.live.set(this.live.recorded);
    this.curve = [this.live.output];
    this.show("");
  }

  handle(number, leaf) {
    const name = this.live.graph.names[this.live.graph.leaves[leaf]];
    number.classList.add("editable");
    for (const [key, value] of Object.entries({
      role: "spinbutton",
      tabindex: 0,
      "aria-label": name,
    })) {
      number.setAttribute(key, value);
    }
    number.dataset.leaf = leaf;
    const by = (event) => (event.shiftKey ? FINER : 1) * PIXEL;
    number.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      const start = event.clientX;
      const before = this.live.now();
      const from = before.leaves[leaf];
      let moved = false;
      number.setPointerCapture(event.pointerId);
      number.onpointermove = (move) => {
        moved ||= Math.abs(move.clientX - start) > 3;
        if (!moved) return;
        const to = from + (move.clientX - start) * by(move) * Math.max(1, Math.abs(from));
        this.nudge(leaf, Number(to.toPrecision(12)), from, before);
      };
      number.onpointerup = () => {
        number.onpointermove = number.onpointerup = null;
        if (!moved) this.type(number, leaf);
      };
    });
    number.addEventListener("keydown", (event) => {
      const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!way && event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      const from = this.live.leaves[leaf];
      if (way)
        this.nudge(
          leaf,
          Number((from + way * 10 * by(event) * Math.max(1, Math.abs(from))).toPrecision(12)),
        );
      else this.type(number, leaf);
    });
  }

  type(number, leaf) {
    const input = byName("typed");
    const { left, top } = number.getBoundingClientRect();
    input.hidden = false;
    input.style.left = `${Math.max(0, Math.min(left - 20, innerWidth - 110))}px`;
    input.style.top = `${top - 6}px`;
    input.value = this.live.leaves[leaf];
    input.setAttribute("aria-label", number.getAttribute("aria-label"));
    input.select();
    input.focus();
    input.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key !== "Enter" && event.key !== "Escape") return;
      if (event.key === "Enter" && input.value.trim()) {
        this.nudge(leaf, Number(input.value.trim().replace("−", "-")));
      }
      input.hidden = true;
      number.focus();
    };
    input.onblur = () => {
      input.hidden = true;
    };
  }

  descend(steps) {
    const { live } = this;
    const name = live.graph.names[live.graph.output];
    for (let i = 0; i < steps; i++) {
      live.downhill(this.rate);
      this.curve.push(live.output);
      const limit = live.graph.explodingAbove * Math.max(1, Math.abs(this.curve[0]));
      if (Number.isFinite(live.output) && Math.abs(live.output) <= limit) continue;
      this.run(false);
      this.show(
        `${name} is ${numberText(live.output)} after ${this.curve.length - 1} steps: it explodes, the learning rate ${numberText(this.rate, 2)} is too large`,
      );
      return;
    }
    this.show(
      `${name} ${numberText(this.curve.at(-1 - steps))} → ${numberText(live.output)} after ${steps === 1 ? "a step" : `${steps} steps`} at the learning rate ${numberText(this.rate, 2)}`,
    );
  }

  run(on) {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => this.descend(1), FRAME) : null;
    byName("run").textContent = on ? "❚❚ pause" : "▶ downhill";
  }

  // A small curve of the output, a point for each step.
  draw() {
    const svg = byName("curve");
    svg.replaceChildren();
    const shown = this.curve.filter(Number.isFinite).slice(-200);
    svg.toggleAttribute("hidden", shown.length < 2);
    if (shown.length < 2) return;
    const [low, high] = [Math.min(...shown), Math.max(...shown)];
    const points = shown.map(
      (y, i) => `${2 + (96 * i) / (shown.length - 1)},${22 - (20 * (y - low)) / (high - low || 1)}`,
    );
    element("polyline", { points: points.join(" ") }, svg);
    svg.setAttribute(
      "aria-label",
      `the output, from ${numberText(shown[0])} to ${numberText(shown.at(-1))}`,
    );
  }
}
