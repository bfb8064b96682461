// What is painted of a network that trains: what each neuron sees over the plane, the weights
// between them, the rows, and the loss of this run and of those before it.

import { color, histogram, lossCurve, text } from "./charts.js";

const FINE = 40; // points along a side of a map
const SVG = "http://www.w3.org/2000/svg";

export class Pictures {
  constructor(recorded, parts) {
    this.recorded = recorded;
    this.parts = parts;
    this.small = Object.assign(document.createElement("canvas"), { width: FINE, height: FINE });
    this.limits = [0, 1].map((axis) => {
      const numbers = recorded.inputs.map((row) => row[axis]);
      const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
      const margin = 0.12 * (high - low || 1);
      return [low - margin, high + margin];
    });
    this.build();
  }

  // A canvas for each input and neuron, layer by layer, and a line for each weight.
  build() {
    const { network } = this.parts;
    const { sizes } = this.recorded;
    this.lines = document.createElementNS(SVG, "svg");
    this.lines.setAttribute("viewBox", "0 0 100 100");
    this.lines.setAttribute("preserveAspectRatio", "none");
    network.append(this.lines);
    const place = (layer, i) => [
      (100 * (layer + 0.5)) / sizes.length,
      50 + (i + 0.5 - sizes[layer] / 2) * (100 / Math.max(...sizes)),
    ];
    this.maps = sizes.map((size, layer) =>
      Array.from({ length: size }, (_, i) => {
        const map = document.createElement("canvas");
        map.width = map.height = FINE;
        [map.style.left, map.style.top] = place(layer, i).map((share) => `${share}%`);
        network.append(map);
        return map;
      }),
    );
    this.spreads = sizes
      .map((_, layer) => {
        const part = document.createElement("figure");
        if (layer === 0) part.append("a", document.createElement("br"), "∂loss/∂a");
        else
          part.append(
            ...[0, 1].map(() =>
              Object.assign(document.createElement("canvas"), {
                width: 120,
                height: 40,
                role: "img",
              }),
            ),
          );
        this.parts.spread.append(part);
        return part.querySelectorAll("canvas");
      })
      .slice(1);
    let parameter = 0;
    this.edges = [];
    for (let layer = 1; layer < sizes.length; layer++) {
      for (let i = 0; i < sizes[layer]; i++) {
        for (let from = 0; from < sizes[layer - 1]; from++, parameter++) {
          const [x1, y1] = place(layer - 1, from);
          const [x2, y2] = place(layer, i);
          const [line, touch] = ["line", "touch"].map((kind) => {
            const drawn = document.createElementNS(SVG, "line");
            for (const [key, value] of Object.entries({ x1, y1, x2, y2, class: kind })) {
              drawn.setAttribute(key, value);
            }
            this.lines.append(drawn);
            return drawn;
          });
          const title = document.createElementNS(SVG, "title");
          touch.append(title);
          touch.setAttribute("role", "button");
          touch.setAttribute("tabindex", "0");
          const name = `w${from + 1} of neuron ${i + 1} in layer ${layer}`;
          this.edges.push({ line, touch, title, parameter, name, layer, index: i, from });
        }
        parameter++; // the bias
      }
    }
  }

  // Calls back with the layer and the place in it of a neuron that is clicked.
  onNeuron(act) {
    this.maps.slice(1).forEach((layer, i) =>
      layer.forEach((map, j) => {
        map.addEventListener("click", () => act(i + 1, j));
      }),
    );
  }

  // Calls back with a weight that is clicked.
  onEdge(act) {
    for (const edge of this.edges) {
      edge.touch.addEventListener("click", () => act(edge));
      edge.touch.addEventListener("keydown", ({ key }) => {
        if (key === "Enter" || key === " ") act(edge);
      });
    }
  }

  // Calls back with the row that is nearest to a click on the plane.
  onRow(act) {
    const { map } = this.parts;
    map.addEventListener("click", (event) => {
      const { left, top, width, height } = map.getBoundingClientRect();
      const point = [(event.clientX - left) / width, (event.clientY - top) / height];
      const far = this.recorded.inputs.map((row) => {
        const [x, y] = this.share(row);
        return Math.hypot(x - point[0], y - point[1]);
      });
      act(far.indexOf(Math.min(...far)));
    });
  }

  // Where a row is on the plane, from 0 to 1, from the left and from above.
  share([x, y]) {
    const [[left, right], [bottom, top]] = this.limits;
    return [(x - left) / (right - left), (top - y) / (top - bottom)];
  }

  // The neuron and the row that are put into words.
  mark({ layer, index, row, edge }) {
    for (const each of this.edges) each.touch.classList.toggle("asked", each === edge);
    this.maps.forEach((maps, i) =>
      maps.forEach((map, j) => {
        map.classList.toggle("asked", i === layer && j === index);
      }),
    );
    const { map } = this.parts;
    const [x, y] = this.share(this.recorded.inputs[row]);
    const context = map.getContext("2d");
    context.beginPath();
    context.arc(x * map.width, y * map.height, 11, 0, 7);
    context.strokeStyle = `rgb(${color("--ink")})`;
    context.lineWidth = 2;
    context.stroke();
  }

  paint(training, trails, { seen, over, shown }) {
    this.paintMaps(training, over);
    this.paintFrames(over, shown);
    this.paintLines(training, over, shown);
    lossCurve(this.parts.curve, training, trails);
    this.paintRowSlopes(training, shown);
    this.paintSpreads(seen.layers);
  }

  // How the activations of each layer are spread, and ∂loss/∂a.
  paintSpreads(layers) {
    layers.forEach(({ a, aSlopes }, i) => {
      histogram(this.spreads[i][0], a, "a", "--ink");
      histogram(this.spreads[i][1], aSlopes, "∂loss/∂a", "--soft");
    });
  }

  // At each row, how much the loss would change with its output: the longer, the more; upward where
  // the output should rise.
  paintRowSlopes(training, shown) {
    if (shown !== "gradients") return;
    const { map } = this.parts;
    const context = map.getContext("2d");
    const { outputs } = training;
    const largest = outputs.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
    context.strokeStyle = `rgb(${color("--ink")})`;
    context.lineWidth = 2;
    this.recorded.inputs.forEach((row, i) => {
      const [x, y] = this.share(row).map((part) => part * map.width);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x, y + (28 * outputs[i]) / largest);
      context.stroke();
    });
  }

  // Forward at each point of the plane: every neuron's map at once.
  paintMaps(training, slopes) {
    const { neurons } = training;
    const [[left, right], [bottom, top]] = this.limits;
    const all = Array.from({ length: neurons + 2 }, () => new Float64Array(FINE * FINE));
    const places = [0, 1, ...Array.from({ length: neurons }, (_, i) => training.place(i))];
    training.load();
    for (let row = 0, at = 0; row < FINE; row++) {
      for (let column = 0; column < FINE; column++, at++) {
        const numbers = training.look(
          left + ((column + 0.5) / FINE) * (right - left),
          top - ((row + 0.5) / FINE) * (top - bottom),
        );
        for (let i = 0; i < places.length; i++) all[i][at] = numbers[places[i]];
      }
    }
    const colors = ["--paper", "--below", "--above"].map(color);
    this.maps.flat().forEach((map, i) => {
      fill(map, all[i], colors);
      if (i < 2) map.title = `input ${i + 1}`;
      else map.title = `∂loss/∂a = ${text(slopes.neurons[i - 2])}, of the row or the mean over all`;
    });
    this.paintRows(all.at(-1), colors, training);
  }

  // Around a neuron, how much the loss would change with its activation.
  paintFrames(slopes, shown) {
    const largest = slopes.neurons.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
    this.maps
      .slice(1)
      .flat()
      .forEach((map, i) => {
        const slope = slopes.neurons[i];
        map.className = shown === "gradients" ? (slope < 0 ? "below" : "above") : "";
        map.style.setProperty("--share", `${Math.abs(slope) / largest}`);
      });
  }

  // The map of the output, with the rows over it in the colours of their targets.
  paintRows(output, colors, training) {
    const { map } = this.parts;
    const { small } = this;
    fill(small, output, colors, Math.max(1, ...training.targets.map(Math.abs)));
    const context = map.getContext("2d");
    context.drawImage(small, 0, 0, map.width, map.height);
    const middle = Math.min(...training.targets) < 0 ? 0 : 0.5;
    this.recorded.inputs.forEach((row, i) => {
      const [x, y] = this.share(row);
      context.beginPath();
      context.arc(x * map.width, y * map.height, 6, 0, 7);
      context.fillStyle = `rgb(${colors[training.targets[i] > middle ? 2 : 1]})`;
      context.fill();
      context.lineWidth = 1.5;
      context.strokeStyle = `rgb(${colors[0]})`;
      context.stroke();
    });
  }

  // A weight's size is the width of its line, and its sign the colour; or its gradient's.
  paintLines(training, slopes, shown) {
    const numbers = shown === "gradients" ? slopes.parameters : training.parameters;
    const largest = Math.max(...this.edges.map(({ parameter }) => Math.abs(numbers[parameter])), 0);
    for (const { line, title, parameter, name } of this.edges) {
      const share = Math.abs(numbers[parameter]) / (largest || 1);
      line.setAttribute("class", numbers[parameter] < 0 ? "below" : "above");
      line.setAttribute("stroke-width", `${0.5 + 5 * share}`);
      line.setAttribute("opacity", `${0.25 + 0.75 * share}`);
      title.textContent =
        `${name}: ${text(training.parameters[parameter])}, ` +
        `∂loss/∂w = ${text(slopes.parameters[parameter])}`;
    }
  }
}

// A map in two colours: the deeper, the further from 0; full where it reaches the given size.
function fill(canvas, numbers, [paper, below, above], size = 0) {
  const largest = size || numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
  const context = canvas.getContext("2d");
  const image = context.createImageData(FINE, FINE);
  numbers.forEach((x, at) => {
    const depth = 0.75 * Math.min(1, Math.abs(x) / largest) || 0;
    const full = x < 0 ? below : above;
    for (let k = 0; k < 3; k++) image.data[4 * at + k] = paper[k] + depth * (full[k] - paper[k]);
    image.data[4 * at + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}
