// Calculates the graph again for other numbers of its leaves, and writes what follows into pictures.

import { general, isExact, numberText, sign } from "./digits.js";

export class Live {
  constructor(graph, pictures) {
    this.graph = graph;
    this.pictures = pictures;
    this.machine = new Machine(graph.table);
    this.recorded = graph.table.leaves.map(Number);
    this.constants = new Set(graph.constants);
    this.leafOf = new Map(graph.leaves.map((node, i) => [node, i]));
  }

  value(node) {
    return this.machine.numbers[this.graph.table.values[node]];
  }
  gradient(node) {
    return this.machine.numbers[this.graph.table.adjoints[node]];
  }
  slope(i) {
    return this.machine.numbers[this.graph.table.slopes[i]];
  }
  get leaves() {
    return [...this.machine.numbers.slice(0, this.recorded.length)];
  }
  get output() {
    return this.value(this.graph.output);
  }
  get touched() {
    return this.leaves.some((x, i) => !Object.is(x, this.recorded[i]));
  }

  // New numbers for the leaves; the recorded texts come back with the recorded numbers.
  set(leaves) {
    this.machine.numbers.set(leaves);
    this.machine.run();
    for (const picture of this.pictures) {
      if (this.touched) picture.paint(this);
      else picture.restore();
    }
  }

  // Moves one leaf, and says what its gradient promised and what came of it.
  nudge(leaf, to, from = this.leaves[leaf], before = this.now()) {
    const leaves = [...before.leaves];
    leaves[leaf] = to;
    this.set(leaves);
    const node = this.graph.leaves[leaf];
    const gradient = before.gradients[leaf];
    const { names, output } = this.graph;
    return (
      `${names[node]} ${numberText(from)} → ${numberText(to)}: the gradient ` +
      `${numberText(gradient)} × ${numberText(to - from)} promises ` +
      `${numberText(gradient * (to - from))}, ${names[output]} changed by ` +
      `${numberText(this.output - before.output)}`
    );
  }

  now() {
    return {
      leaves: this.leaves,
      output: this.output,
      gradients: this.graph.leaves.map((node) => this.gradient(node)),
    };
  }

  downhill(rate) {
    const leaves = this.leaves;
    for (const i of this.graph.learning) leaves[i] -= rate * this.gradient(this.graph.leaves[i]);
    this.set(leaves);
  }

  text(what, nodes) {
    if (what === "data") return numberText(this.value(nodes[0]));
    if (what === "grad") return numberText(this.sum(nodes));
    if (what === "one") return numberText(this.gradient(nodes[0]), 3);
    if (what === "rms") return numberText(size(nodes.map((node) => this.gradient(node))), 3);
    const values = nodes.map((node) => this.value(node));
    const [low, high] = [Math.min(...values), Math.max(...values)].map((x) => numberText(x, 3));
    return Math.min(...values) === Math.max(...values) ? low : `${low} … ${high}`;
  }

  size(nodes) {
    return size(nodes.map((node) => this.gradient(node)));
  }
  exact(number) {
    return general(number + 0, 12);
  }
  write(number) {
    return numberText(number);
  }

  // A step of the forward pass as it is now. "=" stands where all the numbers are written in full.
  said(node) {
    const { heads, forms, parents } = this.graph;
    const operands = parents[node].map((parent) => this.value(parent));
    const result = this.value(node);
    const full = operands.every(isExact);
    const texts = operands.map((x) => numberText(x));
    const put = forms[node].replace(/\{(\d+)\}/g, (_, i) =>
      /^[\w.]+$/.test(texts[i]) || /^\w+\(\{0\}(, |\))/.test(forms[node])
        ? texts[i]
        : `(${texts[i]})`,
    );
    const numbers = put ? ` ${full ? "=" : "≈"} ${put}` : "";
    const sum = full && isExact(result) ? "=" : "≈";
    return `${heads[node]}${numbers} ${operands.length ? sum : isExact(result) ? "=" : "≈"} ${numberText(result)}`;
  }

  sum(nodes) {
    return nodes.reduce((sum, node) => sum + this.gradient(node), 0);
  }

  // The steps of the backward pass as they are now, of a picture that has one for each edge.
  step({ use: [slope, node, parent] }) {
    const factors = [this.slope(slope), this.gradient(node)];
    const product = factors[0] * factors[1];
    const numbers = factors.map((x) => numberText(x)).join(" × ");
    const said = `${numbers} ${sign(...factors, product)} ${numberText(product)}`;
    return {
      product,
      line: this.constants.has(parent)
        ? `${this.graph.names[parent]} is a constant: ${said} ends there`
        : `${this.graph.factors[parent]}.grad += ${said}`,
    };
  }

  fill(scale, number, mixed = false) {
    const { palette } = this.graph;
    if (!scale || number === 0 || Number.isNaN(number)) return palette.white;
    const strength = palette.faintest + (1 - palette.faintest) * position(scale, number);
    const channels = palette.fill[mixed ? 0 : Math.sign(number)];
    return tint(channels, strength);
  }

  paintEdge(scale, shape, { uses, summed, slope }, labelled) {
    const { palette } = this.graph;
    let parts = uses.map(([i, node]) => this.slope(i) * this.gradient(node));
    if (summed) parts = [parts.reduce((a, b) => a + b, 0)];
    const large = size(parts);
    const signs = new Set(parts.filter((x) => x !== 0).map((x) => x > 0));
    const path = shape.querySelector("path");
    const nothing = large === 0 || !scale;
    const color = nothing
      ? palette.pale
      : palette.line[signs.size > 1 ? 0 : signs.has(true) ? 1 : -1];
    const [thin, thick] = palette.widths;
    path.setAttribute("stroke", color);
    path.setAttribute(
      "stroke-width",
      nothing ? 0.8 : (thin + (thick - thin) * position(scale, large)).toFixed(2),
    );
    path.setAttribute("stroke-dasharray", nothing ? "5,2" : "none");
    for (const arrow of shape.querySelectorAll("polygon")) {
      arrow.setAttribute("stroke", color);
      arrow.setAttribute("fill", color);
    }
    const label = shape.querySelector("text");
    const local = slope.reduce((product, i) => product * this.slope(i), 1);
    if (label && labelled) label.textContent = numberText(local);
    return [general(local, 12), general(parts[0], 12)];
  }
}

function position([smallest, largest], number) {
  const x = Math.abs(number);
  if (!Number.isFinite(x) || x >= largest) return 1;
  if (x <= smallest) return 0;
  const low = Math.log10(smallest);
  return (Math.log10(x) - low) / (Math.log10(largest) - low);
}

function tint(channels, strength) {
  const hex = (c) =>
    Math.round(255 - (255 - c) * strength)
      .toString(16)
      .padStart(2, "0");
  return `#${channels.map(hex).join("")}`.toUpperCase();
}

// √(Σ x² / n) without overflow.
function size(numbers) {
  const largest = Math.max(...numbers.map(Math.abs));
  if (largest === 0 || !numbers.every(Number.isFinite)) {
    return numbers.reduce((sum, x) => sum + Math.abs(x), 0);
  }
  const squares = numbers.reduce((sum, x) => sum + (x / largest) ** 2, 0);
  return largest * Math.sqrt(squares / numbers.length);
}
