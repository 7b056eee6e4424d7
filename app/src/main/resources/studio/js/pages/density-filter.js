/** The dictionary's density histogram with two handles: what is between them is listed. */
import { html, useEffect, useState } from '../../vendor/preact-htm.js';
import { percent } from '../format.js';

export function DensityFilter({ query, histogram, onChange }) {
  const { low, high, counts } = histogram; // log10 of density at both ends, and equal-width counts between
  const read = (key, edge) => {
    const value = Number(query.get(key));
    return value > 0 ? Math.min(high, Math.max(low, Math.log10(value))) : edge;
  };
  const [range, setRange] = useState([low, high]);
  useEffect(() => setRange([read('density_min', low), read('density_max', high)]), [query.get('density_min'), query.get('density_max')]);
  const tallest = Math.max(1, ...counts);
  const width = (high - low) / counts.length;
  const drag = (which) => (event) => {
    const value = Number(event.target.value);
    setRange(([a, b]) => (which === 0 ? [Math.min(value, b - width), b] : [a, Math.max(value, a + width)]));
  };
  const settle = () =>
    onChange({
      density_min: range[0] <= low ? '' : Number((10 ** range[0]).toPrecision(3)),
      density_max: range[1] >= high ? '' : Number((10 ** range[1]).toPrecision(3)),
    });
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
