import { text } from "./charts.js";
// The page's buttons and sliders, and the clock: so many epochs a second, however slow the painting.
import { findings } from "./findings.js";
import { Pictures } from "./pictures.js";
import { Training } from "./training.js";
import { chainRule, neuronInWords, rowInWords } from "./words.js";

const MOST_TRAILS = 6;
const FRAME = 1000 / 60; // milliseconds for an epoch
const MOST_AT_ONCE = 10; // epochs in a frame, where a page was out of sight or is slow

export function start(recorded) {
  const byId = (id) => document.getElementById(id);
  const selects = {
    activation: recorded.activations,
    loss: recorded.losses,
    optimizer: recorded.optimizers,
  };
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
    network: byId("network"),
    map: byId("map"),
    curve: byId("curve"),
    spread: byId("spread"),
  });
  const trails = [];
  const asked = { layer: 1, index: 0, row: 0, edge: undefined };
  let playing = false;
  let before = 0; // until when the epochs are done

  const show = () => {
    const seen = training.survey();
    const over = byId("over").value === "one" ? training.gradient([asked.row]) : seen;
    pictures.paint(training, trails, { seen, over, shown: byId("shown").value });
    byId("epoch").textContent = `epoch ${training.epoch}`;
    const loss = training.losses.at(-1);
    byId("rate-text").textContent = text(training.rate);
    byId("seed-text").textContent = byId("seed").value;
    byId("neuron").textContent = neuronInWords(training, asked);
    byId("row").textContent = rowInWords(training, asked.row);
    if (asked.edge) byId("chain").replaceChildren(...chainRule(training, asked.edge, asked.row));
    byId("findings").replaceChildren(
      ...findings(training, seen).map((finding) =>
        Object.assign(document.createElement("li"), { textContent: finding }),
      ),
    );
    pictures.mark(asked);
    byId("play").textContent = playing ? "pause" : "play";
    if (loss === undefined) byId("line").textContent = "Press play.";
    else if (Number.isFinite(loss)) byId("line").textContent = inWords(training);
    else
      byId("line").textContent =
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
  for (const id of ["batch", "rate"]) {
    byId(id).addEventListener("input", () => {
      training.choose(chosen());
      show();
    });
  }
  byId("loss").addEventListener("input", () => {
    training.choose(chosen());
    training.losses = []; // another loss has another scale
    training.tests = [];
    trails.length = 0;
    show();
  });
  byId("optimizer").addEventListener("input", () => {
    suggest();
    training.choose(chosen());
    training.forget();
    show();
  });
  byId("shown").addEventListener("input", show);
  byId("over").addEventListener("input", show);
  pictures.onNeuron((layer, index) => {
    Object.assign(asked, { layer, index });
    show();
  });
  pictures.onEdge((edge) => {
    asked.edge = edge;
    show();
  });
  pictures.onRow((row) => {
    asked.row = row;
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
}

function inWords({ losses, tests }) {
  const test = tests.length ? `, on the test rows ${text(tests.at(-1))}` : "";
  return `The loss is ${text(losses.at(-1))}${test}.`;
}

function options(select, names) {
  select.replaceChildren(...names.map((name) => new Option(name.replaceAll("_", " "), name)));
}
