// What an instruction means that is neither an operator nor a function of Math: the same as in
// engine/functions.py, on the numbers of JavaScript. No rule and no derivative stands here.

// 1 where x > 0 and 0 elsewhere, also at 0 and at NaN.
export function step(x) {
  return x > 0 ? 1 : 0;
}

// The larger of two numbers; NaN where either is NaN.
export function maximum(x, y) {
  return x > y || x !== x ? x : y;
}

// The smaller of two numbers; NaN where either is NaN.
export function minimum(x, y) {
  return x < y || x !== x ? x : y;
}

// 1 where x < y and 0 elsewhere, also at NaN.
export function less(x, y) {
  return x < y ? 1 : 0;
}

// 1 where x <= y and 0 elsewhere, also at NaN.
export function less_equal(x, y) {
  return x <= y ? 1 : 0;
}

// The rest of x / y, exact, with the sign of x.
export function fmod(x, y) {
  return x % y;
}

// 2 to the power x.
export function exp2(x) {
  return 2 ** x;
}

// x · y, but 0 where x is 0 whatever y is: a branch that was not taken passes nothing.
export function through(x, y) {
  return x !== 0 ? x * y : 0;
}

// x ** y as the C library's pow, for which 1 ** NaN and (-1) ** Infinity are 1.
export function power(x, y) {
  return x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) ? 1 : x ** y;
}

// The error function, 2/√π ∫ exp(-t²) dt from 0 to x, by the rational Chebyshev approximations of
// W. J. Cody, Mathematics of Computation 23 (1969), 631-637: of erf(x) / x near 0, of
// exp(x²) erfc(x) up to 4, and in 1 / x² of its distance from 1 / (x √π) beyond.
export function erf(x) {
  if (Math.abs(x) <= ERF_NEAR) return x * erfNear(x * x);
  const tail = 1 - erfcTail(Math.abs(x));
  return x < 0 ? -tail : tail;
}

// 1 - erf(x), to full relative accuracy where x is large.
export function erfc(x) {
  if (Math.abs(x) <= ERF_NEAR) return 1 - x * erfNear(x * x);
  const tail = erfcTail(Math.abs(x));
  return x < 0 ? 2 - tail : tail;
}

const ERF_NEAR = 0.46875;

// erf(x) / x of x².
function erfNear(square) {
  return ratio(
    square,
    [
      0.185777706184603153, 3.1611237438705656, 113.864154151050156, 377.485237685302021,
      3209.37758913846947,
    ],
    [1, 23.6012909523441209, 244.024637934444173, 1282.61652607737228, 2844.23683343917062],
  );
}

// erfc(x) for x above ERF_NEAR.
function erfcTail(x) {
  if (x > 28) return 0;
  // With 7 binary digits of x behind the point the square is exact, and the rest is small.
  const head = Math.round(x * 128) / 128;
  const gauss = Math.exp(-head * head) * Math.exp(-(x - head) * (x + head));
  return gauss * (x <= 4 ? erfcMiddle(x) : erfcFar(x));
}

// exp(x²) erfc(x) for x up to 4.
function erfcMiddle(x) {
  return ratio(
    x,
    [
      2.15311535474403846e-8, 0.564188496988670089, 8.88314979438837594, 66.1191906371416295,
      298.635138197400131, 881.95222124176909, 1712.04761263407058, 2051.07837782607147,
      1230.33935479799725,
    ],
    [
      1, 15.7449261107098347, 117.693950891312499, 537.181101862009858, 1621.38957456669019,
      3290.79923573345963, 4362.61909014324716, 3439.36767414372164, 1230.33935480374942,
    ],
  );
}

// exp(x²) erfc(x) for x above 4.
function erfcFar(x) {
  const square = 1 / (x * x);
  const distance = ratio(
    square,
    [
      0.0163153871373020978, 0.305326634961232344, 0.360344899949804439, 0.125781726111229246,
      0.0160837851487422766, 0.000658749161529837803,
    ],
    [
      1, 2.56852019228982242, 1.87295284992346725, 0.527905102951428412, 0.0605183413124413191,
      0.00233520497626869185,
    ],
  );
  return (0.564189583547756287 - square * distance) / x; // 1/√π
}

// The quotient of two polynomials, the coefficient of the highest power first.
function ratio(x, top, bottom) {
  return polynomial(x, top) / polynomial(x, bottom);
}

function polynomial(x, coefficients) {
  let out = 0;
  for (const coefficient of coefficients) out = out * x + coefficient;
  return out;
}

export const FUNCTIONS = {
  step,
  maximum,
  minimum,
  less,
  less_equal,
  fmod,
  exp2,
  through,
  power,
  erf,
  erfc,
};
