// Runs a table of instructions, as engine/compiler/page/instructions.py makes it: forward, with
// other numbers for the leaves, and backward. What the instructions are is recorded in Python, for
// each graph; here stands only how one of them is done.
import { FUNCTIONS, maximum, minimum, step, through } from "./functions.js";

// The place of a name is its case in the loop below. A name that has none is called as a function.
const CASES = ["add", "sub", "mul", "div", "neg", "abs", "step", "maximum", "minimum", "through"];
CASES.push("exp", "log", "log1p", "sqrt", "tanh", "cosh");

export class Machine {
  // The numbers begin with those of the leaves and the constants; each instruction adds one.
  constructor(table) {
    this.table = table;
    const given = [...table.leaves, ...table.constants].map(Number);
    this.first = given.length;
    const count = table.code.length / 3;
    this.numbers = new Float64Array(this.first + count);
    this.numbers.set(given);
    this.calls = table.names.map((name) => FUNCTIONS[name] ?? Math[name]);
    const cases = table.names.map((name, i) => {
      if (CASES.includes(name)) return CASES.indexOf(name);
      if (!this.calls[i]) throw new Error(`the machine knows no ${name}`);
      return CASES.length + i;
    });
    this.cases = new Uint8Array(count);
    this.left = new Int32Array(count);
    this.right = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      this.cases[i] = cases[table.code[3 * i]];
      this.left[i] = table.code[3 * i + 1];
      this.right[i] = table.code[3 * i + 2];
    }
    this.run();
  }

  // Calculates the values; the local derivatives and the adjoints follow unless told otherwise.
  run(upTo = this.cases.length) {
    const { numbers, cases, left, right, calls } = this;
    for (let i = 0, to = this.first; i < upTo; i++, to++) {
      const x = numbers[left[i]];
      const y = numbers[right[i]];
      switch (cases[i]) {
        case 0: numbers[to] = x + y; break;
        case 1: numbers[to] = x - y; break;
        case 2: numbers[to] = x * y; break;
        case 3: numbers[to] = x / y; break;
        case 4: numbers[to] = -x; break;
        case 5: numbers[to] = Math.abs(x); break;
        case 6: numbers[to] = step(x); break;
        case 7: numbers[to] = maximum(x, y); break;
        case 8: numbers[to] = minimum(x, y); break;
        case 9: numbers[to] = through(x, y); break;
        case 10: numbers[to] = Math.exp(x); break;
        case 11: numbers[to] = Math.log(x); break;
        case 12: numbers[to] = Math.log1p(x); break;
        case 13: numbers[to] = Math.sqrt(x); break;
        case 14: numbers[to] = Math.tanh(x); break;
        case 15: numbers[to] = Math.cosh(x); break;
        default: numbers[to] = calls[cases[i] - 16](x, y);
      }
    }
  }

  // The values alone, as a prediction needs them.
  forward() {
    this.run(this.table.ends.values);
  }
}
