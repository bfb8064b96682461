// A network that trains by tables of instructions: the table of a row, and that of an optimizer's
// step on a parameter. What they calculate was recorded in Python; here rows and steps are counted.
import { Machine } from "../../engine/compiler/page/machine.js";

const FIRST_PARAMETER = 3; // the leaves of a row's table: two inputs, the target, the parameters
const MOST_PATHS = 5000; // that are walked one by one

export class Training {
  constructor(recorded, choices) {
    this.recorded = recorded;
    this.choose(choices);
    this.reset();
  }

  // The activation, the loss, the optimizer; parameters and state stay where they fit.
  choose(choices) {
    this.choices = { ...this.choices, ...choices };
    const { activation, loss, optimizer } = this.choices;
    this.machine = new Machine(this.recorded.activations[activation][loss]);
    this.targets = this.recorded.losses[loss];
    this.rate = this.choices.rate;
    this.step = new Machine(this.recorded.optimizers[optimizer].table);
    const { sizes } = this.recorded;
    this.neurons = sizes.slice(1).reduce((sum, size) => sum + size, 0);
  }

  // Back to the initial weights.
  reset() {
    const { activation, initializer, seed } = this.choices;
    const starts = this.recorded.starts[initializer] ?? this.recorded.suited[activation];
    this.parameters = Float64Array.from(starts[Math.min(seed, starts.length - 1)]);
    this.forget();
    this.epoch = 0;
    this.losses = [];
    this.tests = [];
    this.shuffle = 1;
  }

  // The optimizer begins anew, from where the parameters are.
  forget() {
    const { state } = this.recorded.optimizers[this.choices.optimizer];
    this.state = Array.from({ length: state }, () => new Float64Array(this.parameters.length));
    this.steps = 0;
  }

  // The places in the numbers of the machine, of what the table gives.
  get output() {
    return this.machine.table.values[this.neurons];
  }

  place(neuron) {
    return this.machine.table.values[1 + neuron];
  }

  load() {
    this.machine.numbers.set(this.parameters, FIRST_PARAMETER);
  }

  // What each neuron gives at a point, with the parameters that were loaded.
  look(x, y) {
    const { numbers } = this.machine;
    numbers[0] = x;
    numbers[1] = y;
    this.machine.forward();
    return numbers;
  }

  // The table of a row, run on one of them: values, and the gradient of its loss.
  run(row) {
    const { numbers } = this.machine;
    [numbers[0], numbers[1]] = this.recorded.inputs[row];
    numbers[2] = this.targets[row];
    this.machine.run();
    return numbers;
  }

  // The mean loss of some rows and its gradient: in the parameters, and in each neuron.
  gradient(rows, also = () => {}) {
    const { machine, parameters, neurons } = this;
    const { table } = machine;
    const gradient = new Float64Array(neurons + parameters.length);
    let loss = 0;
    this.load();
    for (const row of rows) {
      const numbers = this.run(row);
      loss += numbers[table.values[0]];
      for (let i = 0; i < gradient.length; i++) gradient[i] += numbers[table.adjoints[1 + i]];
      also(numbers);
    }
    for (let i = 0; i < gradient.length; i++) gradient[i] /= rows.length;
    return {
      loss: loss / rows.length,
      neurons: gradient.subarray(0, neurons),
      parameters: gradient.subarray(neurons),
    };
  }

  // That of all rows, and with it what each layer did on each: sums z, activations a, ∂L/∂z,
  // ∂L/∂a; its weights with the bias, neuron by neuron, and their gradients.
  survey() {
    const { parameters, neurons } = this;
    const { values, adjoints } = this.machine.table;
    const { sizes, inputs } = this.recorded;
    const layers = sizes.slice(1).map(() => ({ sums: [], a: [], slopes: [], aSlopes: [] }));
    const first = 1 + neurons + parameters.length; // where the sums begin
    const seen = this.gradient(
      inputs.map((_, i) => i),
      (numbers) => {
        let at = 0;
        layers.forEach((layer, i) => {
          for (let k = 0; k < sizes[i + 1]; k++, at++) {
            layer.sums.push(numbers[values[first + at]]);
            layer.a.push(numbers[values[1 + at]]);
            layer.slopes.push(numbers[adjoints[first + at]] / inputs.length);
            layer.aSlopes.push(numbers[adjoints[1 + at]] / inputs.length);
          }
        });
      },
    );
    this.outputs = layers.at(-1).aSlopes;
    let at = 0;
    layers.forEach((layer, i) => {
      const width = sizes[i] + 1;
      const rows = Array.from({ length: sizes[i + 1] }, (_, k) => at + k * width);
      layer.weights = rows.map((from) => parameters.subarray(from, from + width));
      layer.gradients = rows.map((from) => seen.parameters.subarray(from, from + width));
      at += sizes[i + 1] * width;
    });
    return { ...seen, layers };
  }

  // Before a layer: how many neurons, and how many parameters.
  before(layer) {
    const { sizes } = this.recorded;
    let [neurons, parameters] = [0, 0];
    for (let i = 1; i < layer; i++) {
      neurons += sizes[i];
      parameters += sizes[i] * (sizes[i - 1] + 1);
    }
    return { neurons, parameters };
  }

  // A neuron on one row: what it is given, its weights and bias, its sum, what it gives, how steep
  // its activation is there, and the slope of the loss.
  neuron(layer, index, row) {
    const { parameters, neurons } = this;
    const { table } = this.machine;
    this.load();
    const numbers = this.run(row);
    const before = this.before(layer);
    const width = this.recorded.sizes[layer - 1];
    const first = before.parameters + index * (width + 1);
    const at = before.neurons + index;
    const sum = numbers[table.values[1 + neurons + parameters.length + at]];
    const activation = new Machine(this.recorded.layers[this.choices.activation][layer - 1].slope);
    activation.numbers[0] = sum;
    activation.run();
    return {
      given: Array.from(
        { length: width },
        (_, i) => numbers[layer === 1 ? i : this.place(before.neurons - width + i)],
      ),
      weights: Array.from(parameters.subarray(first, first + width)),
      bias: parameters[first + width],
      sum,
      out: numbers[this.place(at)],
      steep: activation.numbers[activation.table.adjoints[0]],
      slope: numbers[table.adjoints[1 + at]],
    };
  }

  // The chain rule of a weight on one row: ∂L/∂w is the sum, over all paths from it to the output,
  // of the product of the local derivatives along each. Paths begin at the output.
  chain(layer, index, from, row) {
    const { sizes } = this.recorded;
    const known = sizes
      .slice(1)
      .map((size, i) =>
        Array.from({ length: i + 1 < layer ? 0 : size }, (_, k) => this.neuron(i + 1, k, row)),
      );
    const count = sizes.slice(layer + 1).reduce((product, size) => product * size, 1);
    const own = known[layer - 1][index];
    const given = own.given[from];
    const out = known.at(-1)[0].slope;
    const paths = [];
    const walk = (at, k, factors, neurons) => {
      const { steep, weights } = known[at - 1][k];
      const along = [...factors, steep];
      if (at > layer) {
        const next = at - 1 === layer ? [index] : known[at - 2].keys();
        for (const j of next) walk(at - 1, j, [...along, weights[j]], [...neurons, j]);
      } else {
        const all = [...along, given];
        paths.push({ neurons, factors: all, product: all.reduce((product, x) => product * x, 1) });
      }
    };
    if (count <= MOST_PATHS) walk(sizes.length - 1, 0, [out], []);
    paths.sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
    return {
      count,
      paths,
      weight: own.weights[from],
      given,
      steep: own.steep,
      slope: own.slope,
      gradient: own.slope * own.steep * given,
    };
  }

  // One step of the optimizer on these rows; the loss before it.
  move(rows) {
    const { loss, parameters: gradient } = this.gradient(rows);
    const { parameters, state, step } = this;
    const { numbers, table } = step;
    this.steps++;
    for (let i = 0; i < parameters.length; i++) {
      numbers[0] = parameters[i];
      numbers[1] = gradient[i];
      state.forEach((column, k) => {
        numbers[2 + k] = column[i];
      });
      numbers[2 + state.length] = this.rate;
      numbers[3 + state.length] = this.steps;
      step.run();
      parameters[i] = numbers[table.values[0]];
      state.forEach((column, k) => {
        column[i] = numbers[table.values[1 + k]];
      });
    }
    return loss;
  }

  // One pass over all rows, in batches; of several the rows are shuffled.
  pass() {
    const rows = this.recorded.inputs.map((_, i) => i);
    const size = this.choices.batch || rows.length;
    if (size < rows.length) this.shuffled(rows);
    let loss = 0;
    for (let start = 0; start < rows.length; start += size) {
      const batch = rows.slice(start, start + size);
      loss += this.move(batch) * batch.length;
    }
    this.epoch++;
    this.losses.push(loss / rows.length);
    if (this.recorded.test) this.tests.push(this.measured(this.recorded.test));
  }

  // The mean loss of other rows, now.
  measured({ inputs, losses }) {
    const targets = losses[this.choices.loss];
    this.load();
    const sum = inputs.reduce((sum, [x, y], i) => {
      this.machine.numbers[2] = targets[i];
      return sum + this.look(x, y)[this.machine.table.values[0]];
    }, 0);
    return sum / inputs.length;
  }

  // In place (Fisher & Yates), by a generator of its own, so that a run can be repeated.
  shuffled(rows) {
    for (let i = rows.length - 1; i > 0; i--) {
      this.shuffle = (this.shuffle * 48271) % 2147483647; // Park & Miller, 1988
      const j = this.shuffle % (i + 1);
      [rows[i], rows[j]] = [rows[j], rows[i]];
    }
  }
}
