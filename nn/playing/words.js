// What the page says of a neuron, a row and a weight, with the numbers that they have now.
import { text } from "./charts.js";

const MOST_SHOWN = 40; // paths of a chain rule, the greatest

const factor = (number) => (number < 0 ? `(${text(number)})` : text(number));
const sum = (numbers) => numbers.reduce((all, x) => all + x, 0);

// The sum of a neuron with the numbers of one row, what becomes of it, and its slope.
export function neuronInWords(training, { layer, index, row }) {
  const { given, weights, bias, sum, out, slope } = training.neuron(layer, index, row);
  const terms = weights.map((weight, i) => `${factor(weight)} · ${factor(given[i])}`);
  const { activation } = training.recorded.layers[training.choices.activation][layer - 1];
  const end = activation === "linear" ? "" : `, ${activation} gives ${text(out)}`;
  return (
    `row ${row + 1}, ${name(training, layer, index)}: ${terms.join(" + ")} + ` +
    `${factor(bias)} = ${text(sum)}${end}; ∂loss/∂a = ${text(slope)}`
  );
}

// What the loss makes of a row.
export function rowInWords(training, row) {
  const { loss, neurons } = training.gradient([row]);
  const { out } = training.neuron(training.recorded.sizes.length - 1, 0, row);
  return (
    `row ${row + 1}: the output is ${text(out)}, the target ${text(training.targets[row])}, ` +
    `the loss ${text(loss)}; ∂loss/∂output = ${text(neurons.at(-1))}`
  );
}

// The chain rule of a weight on one row: in short, and then each path from it to the output.
export function chainRule(training, { layer, index, from }, row) {
  const { count, paths, given, steep, slope, gradient } = training.chain(layer, index, from, row);
  const input = layer === 1 ? `x${from + 1}` : `a${from + 1}`;
  const lines = [
    `row ${row + 1}, w${from + 1} of ${name(training, layer, index)}`,
    `∂loss/∂w = ∂loss/∂a · ∂a/∂z · ${input} = ` +
      `${factor(slope)} × ${factor(steep)} × ${factor(given)} = ${text(gradient)}`,
  ];
  const shown = paths.slice(0, MOST_SHOWN);
  if (count > 1) lines.push(`∂loss/∂w is the sum over ${count} paths:`);
  else lines.push("along its one path:");
  for (const { neurons, factors, product } of shown) {
    const way = [
      "loss",
      "output",
      ...neurons.map(
        (j, i) => `neuron ${j + 1} of layer ${training.recorded.sizes.length - 2 - i}`,
      ),
    ];
    lines.push(`${factors.map(factor).join(" × ")} = ${text(product)}  (${way.join(" ← ")})`);
  }
  const rest = paths.slice(MOST_SHOWN).map(({ product }) => product);
  if (rest.length) lines.push(`and ${rest.length} lesser ones: together ${text(sum(rest))}`);
  if (paths.length > 1) lines.push(`sum: ${text(sum(paths.map(({ product }) => product)))}`);
  return lines.map((line) => Object.assign(document.createElement("p"), { textContent: line }));
}

function name({ recorded }, layer, index) {
  if (layer === recorded.sizes.length - 1) return "the output";
  return `neuron ${index + 1} of layer ${layer}`;
}
