// Numbers as text, as engine/text.py writes them, and whether digits give digits.

// In so many significant digits, as Python's format "g": half to even where the number is halfway.
export function general(number, digits) {
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
  if (number === 0) return "0";
  let [mantissa, exponent] = number.toExponential(digits - 1).split("e");
  const all = number.toExponential(100).split("e")[0].replace(/[-.]/g, "");
  if (/^50*$/.test(all.slice(digits)) && Number(all[digits - 1]) % 2 === 0) {
    mantissa = (number < 0 ? "-" : "") + all[0] + (digits > 1 ? `.${all.slice(1, digits)}` : "");
    exponent = number.toExponential(100).split("e")[1];
  }
  const power = Number(exponent);
  if (power >= -4 && power < digits) {
    const fixed = Number(`${mantissa}e${power}`).toFixed(Math.max(0, digits - 1 - power));
    return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
  }
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return `${short}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

export function plainDigits(number, digits = 4) {
  if (number % 1 === 0 && Math.abs(number) < 1e6) return (number + 0).toFixed(0);
  return general(number, digits);
}

export function numberText(number, digits = 4) {
  if (Math.abs(number) === Number.POSITIVE_INFINITY) return number > 0 ? "∞" : "−∞";
  const [mantissa, exponent] = plainDigits(number, digits).split("e");
  return (exponent ? `${mantissa}e${Number(exponent)}` : mantissa).replaceAll("-", "−");
}

// Whether the digits say all of a number, but for the noise of floats.
export function isExact(number) {
  if (!Number.isFinite(number)) return true;
  const said = Number(plainDigits(number));
  return Math.abs(number - said) <= 1e-12 * Math.max(Math.abs(number), Math.abs(said));
}

// "=" where the digits of the two factors give the digits of the product, exactly.
export function sign(x, y, product) {
  const [a, b, c] = [x, y, product].map((number) => plainDigits(number));
  if (![x, y, product].every(Number.isFinite)) return Object.is(x * y, product) ? "=" : "≈";
  const [[m, i], [n, j], [p, k]] = [a, b, c].map(decimal);
  const low = Math.min(i + j, k);
  const same = m * n * 10n ** BigInt(i + j - low) === p * 10n ** BigInt(k - low);
  return same ? "=" : "≈";
}

function decimal(text) {
  const [mantissa, exponent = "0"] = text.split("e");
  const [whole, part = ""] = mantissa.split(".");
  return [BigInt(whole + part), Number(exponent) - part.length];
}
