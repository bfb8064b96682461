"use strict";
// Steps through the passes of a graph: lights up boxes and edges of a picture, one step at a time.
// Of a graph that starts folded there may be two pictures, an overview and one with every value.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const XLINK = "http://www.w3.org/1999/xlink";
  const MARGIN = 7.5; // of the text in a box, in points
  const byId = (id) => document.getElementById(id);

  function element(name, attributes, parent) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    parent.append(made);
    return made;
  }

  let pass = "backward";
  let position = 0;
  let timer = null;
  let dragged = false; // a drag is no click

  class Picture {
    constructor(home, table) {
      this.home = home;
      this.table = table;
      this.svg = home.querySelector("svg");
      const all = (prefix, count) =>
        Array.from({ length: count }, (_, i) => this.svg.querySelector(`#${prefix}${i}`));
      this.boxes = all("box", table.paths.length);
      this.edges = all("edge", table.edges.length);
      this.frames = all("frame", table.frames.length);
      this.folded = new Set();
      this.standIns = new Map(); // what to light up for a box or an edge that is folded away
      this.takeTooltips();
      this.measure();
      this.overlay = element("g", {}, this.svg.querySelector(".graph"));
      this.frames.forEach((shape, i) => shape.addEventListener("click", () => this.toggle(i)));
      this.moveByHand();
    }

    // The picture has its tooltips as titles of links, which a browser would show as it likes.
    takeTooltips() {
      const words = new Map();
      for (const link of this.svg.querySelectorAll("a")) {
        const title = link.getAttributeNS(XLINK, "title");
        const owner = link.closest(".node, .edge");
        if (owner && title) words.set(owner, title);
        link.replaceWith(...link.childNodes);
      }
      for (const title of this.svg.querySelectorAll("title")) title.remove();
      const tip = byId("tip");
      this.svg.addEventListener("mousemove", (event) => {
        const text = words.get(event.target.closest(".node, .edge"));
        tip.hidden = !text;
        if (!text) return;
        tip.textContent = text;
        tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
        tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)}px`;
      });
      this.svg.addEventListener("mouseleave", () => { tip.hidden = true; });
    }

    // Where things are, and how they were drawn; a picture that is hidden has no measures.
    measure() {
      const hidden = this.home.hidden;
      this.home.hidden = false;
      this.outlines = new Map();
      for (const shape of [...this.boxes, ...this.frames]) this.outlines.set(shape, shape.getBBox());
      this.grounds = this.boxes.map((shape) => shape.querySelector("path, polygon"));
      this.gradients = this.boxes.map((shape, i) => {
        const texts = [...shape.querySelectorAll("text")];
        const label = texts.findLastIndex((text) => text.textContent.trim() === "grad");
        if (label < 0) return null;
        const number = texts[label + 1];
        const { x, width } = this.grounds[i].getBBox();
        number.setAttribute("x", x + width - MARGIN);
        number.setAttribute("text-anchor", "end");
        return number;
      });
      for (const ground of this.grounds) ground.classList.add("ground");
      this.drawn = this.boxes.map((_, i) => ({
        gradient: this.gradients[i]?.textContent,
        fill: this.grounds[i].getAttribute("fill"),
      }));
      this.home.hidden = hidden;
      const { x, y, width, height } = this.svg.viewBox.baseVal;
      this.whole = [x, y, width, height];
      this.svg.removeAttribute("width");
      this.svg.removeAttribute("height");
      this.fit();
    }

    // Folding: a box stands in for a frame, and one edge for those that lead from here to there.

    toggle(i) {
      if (dragged) return;
      if (!this.folded.delete(i)) this.folded.add(i);
      this.fold();
      this.show();
    }

    outermost(box) {
      const frames = this.table.frames;
      return frames.findIndex((frame, i) => this.folded.has(i) && frame.boxes.includes(box));
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
      const { x, y, width, height } = this.outlines.get(this.frames[i]);
      const lines = this.table.frames[i].lines;
      const group = element("g", { class: "folded" }, this.overlay);
      const wide = Math.max(...lines.map((line) => 6.2 * line.length)) + 18;
      const high = 13 * lines.length + 14;
      const place = { x: x + (width - wide) / 2, y: y + (height - high) / 2, width: wide, height: high };
      element("rect", { ...place, rx: 10 }, group);
      lines.forEach((line, n) => {
        element("text", {
          x: x + width / 2,
          y: place.y + 17 + 13 * n,
          "font-size": n ? 10 : 11,
          "font-weight": n ? "normal" : "bold",
        }, group).textContent = line;
      });
      this.outlines.set(group, place);
      group.addEventListener("click", () => this.toggle(i));
      return group;
    }

    connection(source, target, count) {
      const from = this.outlines.get(source);
      const to = this.outlines.get(target);
      const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
      const [x2, y2] = [to.x - 6, to.y + to.height / 2];
      const bend = Math.max(30, (x2 - x1) / 2);
      const group = element("g", { class: "merged" }, this.overlay);
      element("path", { d: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}` }, group);
      element("polygon", { points: `${x2},${y2 - 3} ${x2 + 6},${y2} ${x2},${y2 + 3}` }, group);
      if (count > 1) {
        const middle = { x: (x1 + x2) / 2, y: (y1 + y2) / 2 - 3 };
        element("text", middle, group).textContent = `×${count}`;
      }
      return group;
    }

    // Steps

    get pass() {
      return this.table[pass];
    }

    light(shape) {
      (this.standIns.get(shape) ?? shape).classList.add("lit");
    }

    show() {
      const { start, steps } = this.pass;
      const backward = pass === "backward";
      for (const shape of this.svg.querySelectorAll(".lit, .reached")) {
        shape.classList.remove("lit", "reached");
      }
      this.boxes.forEach((shape, i) => {
        const untouched = !backward || i === this.table.output;
        shape.classList.toggle("pending", !(backward && untouched));
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
      byId("line").textContent = step ? step.line : start;
      byId("count").textContent = `${position} / ${steps.length}`;
      byId("slider").max = steps.length;
      byId("slider").value = position;
    }

    // Zoom and pan, by the part of the picture that is seen

    look(seen) {
      this.seen = seen;
      this.svg.setAttribute("viewBox", seen.join(" "));
    }

    fit() {
      this.look(this.whole);
    }

    zoom(factor, about) {
      const [x, y, width, height] = this.seen;
      const at = about ?? { x: x + width / 2, y: y + height / 2 };
      const widest = this.whole[2] * 4;
      const by = Math.min(widest, Math.max(this.whole[2] / 400, width * factor)) / width;
      this.look([at.x + (x - at.x) * by, at.y + (y - at.y) * by, width * by, height * by]);
    }

    lookAt(path) {
      const i = this.table.frames.findIndex((frame) => frame.lines[0] === path);
      if (i < 0) return;
      const group = this.svg.querySelector(".graph");
      const toWhole = this.svg.getScreenCTM().inverse().multiply(group.getScreenCTM());
      const { x, y, width, height } = this.outlines.get(this.frames[i]);
      const corner = new DOMPoint(x, y).matrixTransform(toWhole);
      this.look([corner.x - 20, corner.y - 20, width * toWhole.a + 40, height * toWhole.d + 40]);
    }

    moveByHand() {
      const point = (event) => new DOMPoint(event.clientX, event.clientY)
        .matrixTransform(this.svg.getScreenCTM().inverse());
      this.home.addEventListener("wheel", (event) => {
        event.preventDefault();
        this.zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, point(event));
      }, { passive: false });
      let grip = null;
      this.home.addEventListener("pointerdown", (event) => {
        grip = { at: point(event), x: event.clientX, y: event.clientY };
        dragged = false;
      });
      addEventListener("pointermove", (event) => {
        if (!grip) return;
        dragged ||= Math.hypot(event.clientX - grip.x, event.clientY - grip.y) > 4;
        if (!dragged) return;
        this.home.classList.add("dragging");
        const now = point(event);
        const [x, y, width, height] = this.seen;
        this.look([x + grip.at.x - now.x, y + grip.at.y - now.y, width, height]);
      });
      addEventListener("pointerup", () => {
        grip = null;
        this.home.classList.remove("dragging");
      });
    }
  }

  const tables = JSON.parse(byId("tables").textContent);
  const pictures = [...document.querySelectorAll(".picture")]
    .map((home, i) => new Picture(home, tables[i]));
  let picture = pictures[0];

  function go(to) {
    position = Math.max(0, Math.min(picture.pass.steps.length, to));
    picture.show();
  }

  function step(by) {
    play(false);
    go(position + by);
  }

  function play(on) {
    clearInterval(timer);
    timer = null;
    if (on) {
      if (position === picture.pass.steps.length) go(0);
      timer = setInterval(() => {
        go(position + 1);
        if (position === picture.pass.steps.length) play(false);
      }, 900);
    }
    byId("play").textContent = on ? "❚❚ pause" : "▶ play";
  }

  function turnTo(i) {
    pictures.forEach((other, n) => { other.home.hidden = n !== i; });
    picture = pictures[i];
    byId("unfold").textContent = i ? "fold" : "unfold";
    byId("tip").hidden = true;
    go(position);
  }

  if (pictures.length > 1) {
    const unfold = () => turnTo(picture === pictures[0] ? 1 : 0);
    byId("unfold").hidden = false;
    byId("unfold").addEventListener("click", unfold);
    pictures[0].table.paths.forEach((path, i) => {
      if (path === null) return;
      pictures[0].boxes[i].classList.add("unfolds");
      pictures[0].boxes[i].addEventListener("click", () => {
        if (dragged) return;
        turnTo(1);
        picture.lookAt(path);
      });
    });
  }

  byId("first").addEventListener("click", () => step(-position));
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  byId("play").addEventListener("click", () => play(timer === null));
  byId("fit").addEventListener("click", () => picture.fit());
  byId("slider").addEventListener("input", (event) => step(Number(event.target.value) - position));
  byId("pass").addEventListener("change", (event) => {
    play(false);
    pass = event.target.value;
    go(0);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT") return;
    const actions = {
      ArrowRight: () => step(1),
      ArrowLeft: () => step(-1),
      Home: () => step(-position),
      End: () => step(Infinity),
      " ": () => play(timer === null),
      "+": () => picture.zoom(0.8),
      "-": () => picture.zoom(1.25),
      0: () => picture.fit(),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  });

  byId("controls").hidden = false;
  go(0);
})();
