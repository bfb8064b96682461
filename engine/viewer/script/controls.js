// The buttons, the slider and the keys: which picture is seen, of which pass, after which step.

const MILLISECONDS = 900; // a step, while it plays
const byId = (id) => document.getElementById(id);

export class Controls {
  constructor(pictures) {
    this.pictures = pictures;
    this.picture = pictures[0];
    this.pass = "backward";
    this.position = 0;
    this.timer = null;
    for (const picture of pictures) picture.folding.changed = () => this.go(this.position);
    if (pictures.length > 1) this.unfoldByHand();
    this.listen();
    byId("controls").hidden = false;
    this.go(0);
  }

  get steps() {
    return this.picture.table[this.pass].steps;
  }

  go(to) {
    const { steps } = this;
    this.position = Math.max(0, Math.min(steps.length, to));
    this.picture.show(this.pass, this.position);
    byId("line").textContent =
      steps[this.position - 1]?.line ?? this.picture.table[this.pass].start;
    byId("count").textContent = `${this.position} / ${steps.length}`;
    byId("slider").max = steps.length;
    byId("slider").value = this.position;
  }

  step(by) {
    this.play(false);
    this.go(this.position + by);
  }

  play(on) {
    clearInterval(this.timer);
    this.timer = null;
    if (on) {
      if (this.position === this.steps.length) this.go(0);
      this.timer = setInterval(() => {
        this.go(this.position + 1);
        if (this.position === this.steps.length) this.play(false);
      }, MILLISECONDS);
    }
    byId("play").textContent = on ? "❚❚ pause" : "▶ play";
  }

  // Of a graph that starts folded there may be two pictures, an overview and one with every value.
  unfoldByHand() {
    const [overview, detail] = this.pictures;
    byId("unfold").hidden = false;
    byId("unfold").addEventListener("click", () => {
      this.turnTo(this.picture === overview ? detail : overview);
    });
    overview.table.paths.forEach((path, i) => {
      if (path === null) return;
      overview.boxes[i].classList.add("unfolds");
      overview.boxes[i].addEventListener("click", () => {
        this.turnTo(detail);
        detail.lookAt(path);
      });
    });
  }

  turnTo(picture) {
    this.picture = picture;
    for (const other of this.pictures) other.home.hidden = other !== picture;
    byId("unfold").textContent = picture === this.pictures[0] ? "unfold" : "fold";
    byId("tip").hidden = true;
    this.go(this.position);
  }

  listen() {
    const toggle = () => this.play(this.timer === null);
    byId("first").addEventListener("click", () => this.step(-this.position));
    byId("previous").addEventListener("click", () => this.step(-1));
    byId("next").addEventListener("click", () => this.step(1));
    byId("play").addEventListener("click", toggle);
    byId("fit").addEventListener("click", () => this.picture.sight.fit());
    byId("slider").addEventListener("input", (event) => {
      this.step(Number(event.target.value) - this.position);
    });
    byId("pass").addEventListener("change", (event) => {
      this.play(false);
      this.pass = event.target.value;
      this.go(0);
    });
    const actions = {
      ArrowRight: () => this.step(1),
      ArrowLeft: () => this.step(-1),
      Home: () => this.step(-this.position),
      End: () => this.step(Number.POSITIVE_INFINITY),
      " ": toggle,
      "+": () => this.picture.sight.zoom(0.8),
      "-": () => this.picture.sight.zoom(1.25),
      0: () => this.picture.sight.fit(),
    };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === " " && event.target.tagName === "BUTTON") return; // which it presses
      if (event.target.matches("select, #rate, #typed, #find") || !actions[event.key]) return;
      event.preventDefault();
      actions[event.key]();
    });
  }
}
