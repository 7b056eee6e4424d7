/** Numbers as people read them; every page uses these, so that one number looks the same everywhere. */
const grouped = new Intl.NumberFormat('en-GB');

export const count = (n) => (n === undefined || n === null ? '–' : grouped.format(n));

/** A short count: 12.4M, 38k. */
export function short(n) {
  if (n >= 1e9) return trim(n / 1e9) + 'B';
  if (n >= 1e6) return trim(n / 1e6) + 'M';
  if (n >= 1e4) return trim(n / 1e3) + 'k';
  return count(n);
}

const trim = (x) => (x >= 100 ? x.toFixed(0) : x.toFixed(1).replace(/\.0$/, ''));

/** Three significant figures, without an exponent where that is readable. */
export function number(x) {
  if (x === undefined || x === null || !Number.isFinite(x)) return '–';
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size >= 1e5 || size < 1e-4) return minus(x.toExponential(1));
  return minus(size >= 100 ? grouped.format(Math.round(x)) : String(Number(x.toPrecision(3))));
}

export const signed = (x) => (x > 0 ? '+' : '') + minus(x.toFixed(2));

/** A share of one as a percentage. */
export function percent(x) {
  if (x === undefined || x === null || !Number.isFinite(x)) return '–';
  const p = x * 100;
  if (p === 0) return '0 %';
  if (p >= 10) return p.toFixed(1) + ' %';
  if (p >= 0.001) return String(Number(p.toPrecision(2))) + ' %';
  return minus(p.toExponential(0)) + ' %';
}

/** Times over the base rate. */
export const times = (x) => (x >= 10 ? count(Math.round(x)) : number(Number(x.toPrecision(2)))) + '×';

/** The unit of `n` things. */
export const of = (n, one, many = one + 's') => `${count(n)} ${n === 1 ? one : many}`;

const minus = (text) => text.replace('-', '−');
