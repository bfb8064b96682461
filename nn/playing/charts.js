// Numbers as text, and the charts: the loss of each epoch, and how a layer's numbers are spread.

const BARS = 20; // of a histogram

// Three significant digits, and signs that are as wide as a plus.
export function text(number) {
  const size = Math.abs(number);
  const plain = size === 0 || (size >= 1e-3 && size < 1e4);
  return (plain ? `${Number(number.toPrecision(3))}` : number.toExponential(2)).replaceAll(
    "-",
    "−",
  );
}

export function color(name) {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
}

// The loss of each epoch, that of the test rows as dashes, and faintly the runs before, each with
// its learning rate at its end.
export function lossCurve(curve, training, trails) {
  const context = curve.getContext("2d");
  context.clearRect(0, 0, curve.width, curve.height);
  const runs = [...trails, training];
  const longest = Math.max(20, ...runs.map(({ losses }) => losses.length));
  const highest = Math.max(
    1e-9,
    ...runs.map(({ losses }) => losses[0] ?? 0).filter(Number.isFinite),
  );
  const ink = color("--ink");
  const across = curve.width - 64; // the rest is for the rates
  const place = (loss, i) => [
    (i / longest) * across,
    curve.height * (1 - 0.8 * Math.min(1.1, loss / highest)) - 8,
  ];
  context.font = "18px Helvetica, Arial, sans-serif";
  for (const { losses, tests, rate } of runs) {
    const now = losses === training.losses;
    context.strokeStyle = context.fillStyle = `rgba(${ink}, ${now ? 1 : 0.3})`;
    context.lineWidth = now ? 3 : 2;
    for (const [line, dash] of [
      [losses, []],
      [now ? tests : [], [3, 5]],
    ]) {
      context.setLineDash(dash);
      context.beginPath();
      line.forEach((loss, i) => context.lineTo(...place(loss, i)));
      context.stroke();
    }
    if (losses.length === 0) continue;
    const [x, y] = place(losses.findLast(Number.isFinite) ?? highest, losses.length - 1);
    context.fillText(text(rate), x + 6, y + 6);
  }
}

// How numbers are spread: bars from the least of them to the greatest, or around a single one.
export function histogram(canvas, numbers, name, ink) {
  const finite = numbers.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const counts = new Array(BARS).fill(0);
  for (const x of finite) {
    counts[
      high > low ? Math.min(BARS - 1, Math.floor((BARS * (x - low)) / (high - low))) : BARS >> 1
    ]++;
  }
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = `rgb(${color(ink)})`;
  const most = Math.max(1, ...counts);
  const wide = canvas.width / BARS;
  counts.forEach((count, i) => {
    const height = (canvas.height * count) / most;
    context.fillRect(i * wide, canvas.height - height, wide - 1, height);
  });
  const words = finite.length
    ? `${name} from ${text(low)} to ${text(high)}`
    : `${name}: not finite`;
  canvas.title = words;
  canvas.setAttribute("aria-label", `${words}: ${counts.join(", ")}`);
}
