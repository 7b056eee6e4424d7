/** The dictionary's density histogram with two handles: what is between them is listed. */
import { html, useEffect, useRef, useState } from '../../vendor/preact-htm.js';
import { percent } from '../format.js';

/** How long after a change the URL is taken to be our own. */
const OWN_MS = 300;

export function DensityFilter({ query, histogram, onChange }) {
  const { low, high, counts } = histogram; // log10 of density at both ends, and equal-width counts between
  const read = (key, edge) => {
    const value = Number(query.get(key));
    return value > 0 ? Math.min(high, Math.max(low, Math.log10(value))) : edge;
  };
  const [range, setRange] = useState([low, high]);
  const latest = useRef(range); // ahead of the drawn range while keys come faster than pages are drawn
  const sent = useRef(-Infinity);
  const put = (next) => {
    latest.current = next;
    setRange(next);
  };
  useEffect(() => {
    if (performance.now() - sent.current < OWN_MS) return; // the URL answers to the handles, not they to it
    put([read('density_min', low), read('density_max', high)]);
  }, [query.get('density_min'), query.get('density_max')]);
  const tallest = Math.max(1, ...counts);
  const width = (high - low) / counts.length;
  const drag = (which) => (event) => {
    const value = Number(event.target.value);
    const [a, b] = latest.current;
    put(which === 0 ? [Math.min(value, b - width), b] : [a, Math.max(value, a + width)]);
  };
  const settle = () => {
    const [a, b] = latest.current;
    sent.current = performance.now();
    onChange({
      density_min: a <= low ? '' : Number((10 ** a).toPrecision(3)),
      density_max: b >= high ? '' : Number((10 ** b).toPrecision(3)),
    });
  };
  const handle = (which, label) =>
    html`<input type="range" min=${low} max=${high} step="0.05" value=${range[which]} aria-label=${label} aria-valuetext=${percent(10 ** range[which])} onInput=${drag(which)} onChange=${settle} />`;
  return html`<fieldset class="density-filter">
    <legend>Density <output>${range[0] <= low && range[1] >= high ? 'any' : `${percent(10 ** range[0])} to ${percent(10 ** range[1])}`}</output></legend>
    <div class="density-bars" aria-hidden="true">
      ${counts.map((n, i) => {
        const middle = low + (i + 0.5) * width;
        return html`<i class=${middle < range[0] || middle > range[1] ? 'out' : ''} style=${{ height: `${(100 * n) / tallest}%` }}></i>`;
      })}
    </div>
    <div class="handles">${handle(0, 'Lowest density')}${handle(1, 'Highest density')}</div>
  </fieldset>`;
}
