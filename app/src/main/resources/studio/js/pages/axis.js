/**
 * The activation axis of one feature: histogram (log counts), the ramp, the intervals, and a mark for each
 * example, all over the same horizontal scale from 0 to the maximum. Pointing at a place answers everywhere:
 * the page's `link` (see linked.js) carries it to the examples and back.
 */
import { html } from '../../vendor/preact-htm.js';
import { count, number, of, percent } from '../format.js';
import { STEPS, rampClass } from '../ramp.js';
import { Specificity } from './grades.js';

/** About `wanted` round values from 0 to max. */
export function ticks(max, wanted = 6) {
  if (!(max > 0)) return [0];
  const rough = max / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const stride = [1, 2, 2.5, 5, 10].find((m) => m * power >= rough) * power;
  const list = [];
  for (let i = 0; i * stride <= max * 0.97; i++) list.push(Number((i * stride).toPrecision(6)));
  return list;
}

export function ActivationAxis({ feature, link, grades }) {
  const { histogram, intervals, examples } = feature;
  const max = feature.max_activation;
  const total = histogram.counts.reduce((a, b) => a + b, 0);
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(1, ...histogram.counts)) + 0.02));
  const height = (n) => (n > 0 ? (100 * (Math.log10(n) + 0.35)) / (decades + 0.35) : 0);
  const width = max / histogram.counts.length;
  const at = (activation) => `${(100 * activation) / max}%`;
  return html`<section class="axis" aria-label="Activation axis">
    <div class="axis-head">
      <h2>Activation</h2>
      <p>${of(total, 'active token')}, counts on a log scale</p>
      <output class="axis-readout" ref=${link.readout} aria-live="off"></output>
    </div>
    <div class="axis-plot" ref=${link.plot} data-max=${max}>
      <div class="axis-bars" role="img" aria-label=${`Histogram of ${count(total)} activations from 0 to ${number(max)}, on a log scale`}>
        ${Array.from({ length: decades + 1 }, (_, d) => html`<span class="axis-grid" style=${{ bottom: `${height(10 ** d)}%` }}><i>${d <= 3 ? count(10 ** d) : '10' + '⁰¹²³⁴⁵⁶⁷⁸⁹'[d]}</i></span>`)}
        ${histogram.counts.map(
          (n, i) => html`<span class="axis-bin" data-range=${`${i * width} ${(i + 1) * width}`} data-bin=${i} data-count=${n}>
            <i class=${rampClass((i + 0.5) * width, max)} style=${{ height: `${height(n)}%` }}></i>
          </span>`,
        )}
        <span class="axis-needle" aria-hidden="true"></span>
      </div>
      <div class="axis-ramp" role="img" aria-label=${`Colour scale, linear from 0 to ${number(max)}`}>
        ${Array.from({ length: STEPS }, (_, i) => html`<i class=${'a' + (i + 1)}></i>`)}
      </div>
      <div class="axis-intervals" role="group" aria-label="Activation intervals">
        ${intervals.map((interval, i) => {
          const shown = examples.filter((e) => e.interval === i).length;
          return html`<button
            type="button"
            data-range=${`${interval.low} ${interval.high}`}
            style=${{ left: at(interval.low), width: `${(100 * (interval.high - interval.low)) / max}%` }}
            aria-label=${`Interval ${number(interval.low)} to ${number(interval.high)}: ${count(interval.count)} tokens, ${shown} examples. Go to its examples`}
            onClick=${() => link.goTo(i)}
          ><b>${share(interval.count, total)}</b><b class="narrow" aria-hidden="true">${roughly(interval.count, total)}</b><small>n = ${count(interval.count)}</small></button>`;
        })}
      </div>
      ${grades && html`<${Specificity} shown=${grades} intervals=${intervals} max=${max} />`}
      <div class="axis-rug" aria-hidden="true">
        ${examples.map((e) => html`<i data-example=${e.id} style=${{ left: at(e.activation) }}></i>`)}
      </div>
      <div class="axis-ticks" aria-hidden="true">
        ${ticks(max).map((t) => html`<span style=${{ left: at(t) }}>${number(t)}</span>`)}
        <span class="last" style=${{ left: '100%' }}>max ${number(max)}</span>
      </div>
    </div>
  </section>`;
}

const roughly = (n, total) => (n === 0 ? '0' : n < total / 100 ? '<1%' : `${Math.round((100 * n) / total)}%`);

const share = (n, total) => (total ? percent(n / total) : '–');
