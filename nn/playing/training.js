// A network that trains by tables of instructions: the table of a row, and that of an optimizer's
// step on a parameter. What they calculate was recorded in Python; here rows and steps are counted.
import { Machine } from "../../engine/compiler/page/machine.js";

const FIRST_PARAMETER = 3; // the leaves of a row's table: two inputs, the target, the parameters

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

  // The mean loss of some rows and its gradient: in the parameters, and in each neuron.
  gradient(rows) {
    const { machine, targets, parameters, neurons } = this;
    const { inputs } = this.recorded;
    const { numbers, table } = machine;
    const gradient = new Float64Array(neurons + parameters.length);
    let loss = 0;
    this.load();
    for (const row of rows) {
      [numbers[0], numbers[1]] = inputs[row];
      numbers[2] = targets[row];
      machine.run();
      loss += numbers[table.values[0]];
      for (let i = 0; i < gradient.length; i++) gradient[i] += numbers[table.adjoints[1 + i]];
    }
    for (let i = 0; i < gradient.length; i++) gradient[i] /= rows.length;
    return { loss: loss / rows.length, neurons: gradient.subarray(0, neurons),
      parameters: gradient.subarray(neurons) };
  }

  // A neuron on one row: what it is given, its weights and bias, its sum, what it gives, the slope.
  neuron(layer, index, row) {
    const { machine, parameters, neurons } = this;
    const { sizes, inputs } = this.recorded;
    const { numbers, table } = machine;
    this.load();
    [numbers[0], numbers[1]] = inputs[row];
    numbers[2] = this.targets[row];
    machine.run();
    let [before, first] = [0, 0]; // neurons and parameters of the layers before
    for (let i = 1; i < layer; i++) {
      first += sizes[i] * (sizes[i - 1] + 1);
      before += sizes[i];
    }
    const width = sizes[layer - 1];
    first += index * (width + 1);
    const at = before + index;
    return {
      given: Array.from({ length: width }, (_, i) =>
        numbers[layer === 1 ? i : this.place(before - width + i)]),
      weights: Array.from(parameters.subarray(first, first + width)),
      bias: parameters[first + width],
      sum: numbers[table.values[1 + neurons + parameters.length + at]],
      out: numbers[this.place(at)],
      slope: numbers[table.adjoints[1 + at]],
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
      state.forEach((column, k) => { numbers[2 + k] = column[i]; });
      numbers[2 + state.length] = this.rate;
      numbers[3 + state.length] = this.steps;
      step.run();
      parameters[i] = numbers[table.values[0]];
      state.forEach((column, k) => { column[i] = numbers[table.values[1 + k]]; });
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
