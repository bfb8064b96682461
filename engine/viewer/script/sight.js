// Zoom and pan: which part of a picture is seen.

export class Sight {
  constructor(home, svg) {
    this.home = home;
    this.svg = svg;
    const { x, y, width, height } = svg.viewBox.baseVal;
    this.whole = [x, y, width, height];
    this.seen = this.whole;
    this.moveByHand();
  }

  look(seen) {
    this.seen = seen;
    this.svg.setAttribute("viewBox", seen.join(" "));
  }

  fit() {
    this.look(this.whole);
  }

  lookAt([x, y, width, height], margin) {
    this.look([x - margin, y - margin, width + 2 * margin, height + 2 * margin]);
  }

  zoom(factor, about) {
    const [x, y, width, height] = this.seen;
    const at = about ?? { x: x + width / 2, y: y + height / 2 };
    const widest = this.whole[2] * 4;
    const by = Math.min(widest, Math.max(this.whole[2] / 400, width * factor)) / width;
    this.look([at.x + (x - at.x) * by, at.y + (y - at.y) * by, width * by, height * by]);
  }

  moveByHand() {
    const point = (event) =>
      new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    this.home.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, point(event));
      },
      { passive: false },
    );
    let grip = null;
    let dragged = false;
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
    this.home.addEventListener(
      "click",
      (event) => {
        if (dragged) event.stopPropagation(); // a drag is no click
      },
      { capture: true },
    );
  }
}
