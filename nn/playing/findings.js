// What is wrong with the network, in the words of `nn.diagnose` without a learning rate: its sentences, its thresholds and
// its remedies come with the page, and here is only looked whether they apply.

export function findings(training, seen) {
  const { sentences, ...from } = training.recorded.findings;
  const { initializer, activation } = training.choices;
  const { sizes } = training.recorded;
  const known = training.recorded.layers[activation];
  const rows = seen.layers.map((layer, i) => ({
    ...report(layer, known[i], sizes[i + 1], from),
    ...known[i],
    name: `layers.${i}`,
  }));
  const hidden = rows.slice(0, -1);
  const remedy = (illness, row) => row.remedies[Number(row.suited.includes(initializer))][illness];
  const found = [];
  const say = (name, affected, fields) => {
    const ends = { count: affected.length, first: affected[0].name, last: affected.at(-1).name };
    const more = affected.length > 1 ? filled(sentences.more, ends) : "";
    found.push(filled(sentences[name], { more, ...fields }));
  };
  const worst = (affected, by) => affected.reduce((a, b) => (by(b) > by(a) ? b : a));

  const alike = hidden.filter((row) => row.identical >= from.identical);
  if (alike.length) {
    const row = worst(alike, ({ identical, neurons }) => identical / neurons);
    const worth = `${row.groups} neuron${row.groups === 1 ? "" : "s"}`;
    say("symmetry", alike, {
      identical: row.identical,
      neurons: row.neurons,
      layer: row.name,
      worth,
      remedy: remedy("symmetry", row),
    });
  }
  for (const [what, key] of [
    ["weighted sums", "sum"],
    ["gradients ∂L/∂z", "slope"],
  ]) {
    const affected = rows.filter((row) => !Number.isFinite(row[`${key}Size`]));
    if (affected.length === 0) continue;
    say("not finite", affected, {
      what,
      layer: affected[0].name,
      remedy: remedy("not finite", rows[0]),
    });
    break;
  }
  if (rows.length >= 3) {
    const [first, last] = [rows[0], rows.at(-2)];
    const ratio = first.slopeSize / last.slopeSize;
    if (
      last.slopeSize &&
      (ratio < from.vanishing || (ratio > from.exploding && Number.isFinite(ratio)))
    ) {
      say("flow", [first], {
        which: ratio < 1 ? "Vanishing" : "Exploding",
        layer: first.name,
        first: general(first.slopeSize, 2),
        last: general(last.slopeSize, 2),
        last_layer: last.name,
        ratio: general(ratio, 2),
        remedy: remedy("flow", first),
      });
    }
  }
  const flat = hidden.filter((row) => row.saturated >= from.saturated);
  if (flat.length) {
    const row = worst(flat, ({ saturated }) => saturated);
    say("saturation", flat, {
      share: percent(row.saturated),
      layer: row.name,
      bounds: row.outside.map((bound) => general(bound, 6)).join(" to "),
      activation: row.activation,
      remedy: remedy("saturation", row),
    });
  }
  const silent = rows.filter((row) => row.dead >= from.dead);
  if (silent.length) {
    const row = worst(silent, ({ dead }) => dead);
    say("dead", silent, {
      share: percent(row.dead),
      activation: row.activation,
      layer: row.name,
      remedy: remedy("dead", row),
    });
  }
  return found;
}

// The numbers of a layer that tell its illnesses.
function report({ a, sums, slopes, weights, gradients }, { outside, dies }, neurons, from) {
  const silent = Array.from({ length: neurons }, (_, i) =>
    a.every((number, at) => at % neurons !== i || number === 0),
  );
  const groups = identical(weights, gradients, from.tolerance);
  return {
    neurons,
    sumSize: size(sums),
    slopeSize: size(slopes),
    saturated: outside ? a.filter((x) => x < outside[0] || x > outside[1]).length / a.length : 0,
    dead: dies ? silent.filter(Boolean).length / neurons : 0,
    groups: groups.length,
    identical: groups.reduce((sum, group) => sum + group, 0),
  };
}

// The sizes of the groups of neurons with equal weights and, but for rounding, gradients.
function identical(weights, gradients, tolerance) {
  const largest = Math.max(...gradients.flatMap((row) => Array.from(row, Math.abs)));
  const groups = [];
  weights.forEach((row, i) => {
    const group = groups.find(
      ([first]) =>
        row.every((w, k) => w === weights[first][k]) &&
        gradients[i].every((g, k) => Math.abs(g - gradients[first][k]) <= tolerance * largest),
    );
    if (group) group.push(i);
    else groups.push([i]);
  });
  return groups.map((group) => group.length).filter((length) => length > 1);
}

// The root mean square.
function size(numbers) {
  return Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length);
}

function filled(sentence, fields) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => fields[name]);
}

// A number as Python's format "g" writes it.
export function general(number, digits) {
  if (!Number.isFinite(number)) return `${number}`.replace("Infinity", "inf").replace("NaN", "nan");
  const [mantissa, exponent] = number.toExponential(digits - 1).split("e");
  const plain = Number(exponent) >= -4 && Number(exponent) < digits;
  if (plain) return `${Number(number.toPrecision(digits))}`;
  return `${Number(mantissa)}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

// A share as Python's format ".0%" writes it, a half to the even number.
function percent(share) {
  const below = Math.floor(100 * share);
  const rest = 100 * share - below;
  return `${rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below}%`;
}
