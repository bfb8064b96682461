// The page's buttons and sliders, and the clock: so many epochs a second, however slow the painting.
import { Pictures, text } from "./pictures.js";
import { Training } from "./training.js";

const MOST_TRAILS = 6;
const FRAME = 1000 / 60; // milliseconds for an epoch
const MOST_AT_ONCE = 10; // epochs in a frame, where a page was out of sight or is slow

export function start(recorded) {
  const byId = (id) => document.getElementById(id);
  const selects = { activation: recorded.activations, loss: recorded.losses,
    optimizer: recorded.optimizers };
  for (const [id, choices] of Object.entries(selects)) options(byId(id), Object.keys(choices));
  options(byId("initializer"), recorded.initializers);
  byId("seed").max = Object.values(recorded.suited)[0].length - 1;

  const chosen = () => ({
    activation: byId("activation").value,
    loss: byId("loss").value,
    optimizer: byId("optimizer").value,
    initializer: byId("initializer").value,
    seed: Number(byId("seed").value),
    batch: Number(byId("batch").value),
    rate: 10 ** Number(byId("rate").value),
  });
  const suggest = () => {
    byId("rate").value = Math.log10(recorded.optimizers[byId("optimizer").value].learning_rate);
  };
  suggest();
  const training = new Training(recorded, chosen());
  const pictures = new Pictures(recorded, {
    network: byId("network"), map: byId("map"), curve: byId("curve"),
  });
  const trails = [];
  const asked = { layer: 1, index: 0, row: 0 };
  let playing = false;
  let before = 0; // until when the epochs are done

  const show = () => {
    pictures.paint(training, trails, byId("shown").value);
    byId("epoch").textContent = `epoch ${training.epoch}`;
    const loss = training.losses.at(-1);
    byId("rate-text").textContent = text(training.rate);
    byId("seed-text").textContent = byId("seed").value;
    byId("neuron").textContent = inWords(training, asked);
    pictures.mark(asked);
    byId("play").textContent = playing ? "pause" : "play";
    if (loss === undefined) byId("line").textContent = "Press play.";
    else if (Number.isFinite(loss)) byId("line").textContent = `The loss is ${text(loss)}.`;
    else byId("line").textContent =
      "The loss is no longer finite: this learning rate is too large. Make it smaller, and reset.";
  };
  const pass = () => {
    training.pass();
    if (!Number.isFinite(training.losses.at(-1))) playing = false;
  };
  const frame = (now) => {
    if (!playing) return;
    const due = Math.floor((now - before) / FRAME);
    for (let i = 0; playing && i < Math.min(due, MOST_AT_ONCE); i++) pass();
    before += due * FRAME;
    if (due > 0) show();
    if (playing) requestAnimationFrame(frame);
  };
  const play = (on) => {
    const begins = on && !playing;
    playing = on;
    show();
    if (!begins) return;
    before = performance.now();
    requestAnimationFrame(frame);
  };
  const reset = () => {
    if (training.losses.length > 1) {
      trails.push({ losses: training.losses, tests: training.tests, rate: training.rate });
    }
    trails.splice(0, trails.length - MOST_TRAILS);
    training.reset();
    show();
  };

  byId("play").addEventListener("click", () => play(!playing));
  byId("step").addEventListener("click", () => {
    playing = false;
    pass();
    show();
  });
  byId("reset").addEventListener("click", reset);
  for (const id of ["initializer", "seed", "activation"]) {
    byId(id).addEventListener("input", () => {
      training.choose(chosen());
      reset();
    });
  }
  for (const id of ["loss", "batch", "rate"]) {
    byId(id).addEventListener("input", () => {
      training.choose(chosen());
      show();
    });
  }
  byId("optimizer").addEventListener("input", () => {
    suggest();
    training.choose(chosen());
    training.forget();
    show();
  });
  byId("shown").addEventListener("input", show);
  pictures.onNeuron((layer, index) => {
    Object.assign(asked, { layer, index });
    show();
  });
  pictures.onRow((row) => {
    asked.row = row;
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
}

// The sum of a neuron with the numbers of one row, what becomes of it, and its slope.
function inWords(training, { layer, index, row }) {
  const { given, weights, bias, sum, out, slope } = training.neuron(layer, index, row);
  const factor = (number) => (number < 0 ? `(${text(number)})` : text(number));
  const terms = weights.map((weight, i) => `${factor(weight)} · ${factor(given[i])}`);
  const last = layer === training.recorded.sizes.length - 1;
  const name = last ? "the output" : `neuron ${index + 1} of layer ${layer}`;
  const end = last ? "" : `, ${training.choices.activation} gives ${text(out)}`;
  return `row ${row + 1}, ${name}: ${terms.join(" + ")} + ${factor(bias)} = ${text(sum)}${end}; ` +
    `∂loss/∂a = ${text(slope)}`;
}

function options(select, names) {
  select.replaceChildren(...names.map((name) => new Option(name.replaceAll("_", " "), name)));
}
