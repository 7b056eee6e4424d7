/** How the densities of a run's latents change as it is trained: a histogram for each logged step, side by side. */
import { html, useState } from '../../vendor/preact-htm.js';
import { count, of, percent, short } from '../format.js';
import { STEPS } from '../ramp.js';
import { useWidth } from './pareto.js';

const LOWEST = -6; // as DensityHistogram writes it
const PER_DECADE = 4;
const ROW = 10;
const SILENT = 16;
const EDGE = { left: 74, right: 12, top: 8, bottom: 46 };

const share = (bin) => 10 ** (LOWEST + bin / PER_DECADE);

/** Few columns are as good to read as many: the nearest line stands for each. */
function columns(lines, most) {
  const counted = lines.filter((line) => line.density);
  if (counted.length <= most) return counted;
  return Array.from({ length: most }, (_, i) => counted[Math.round((i * (counted.length - 1)) / (most - 1))]);
}

/** Roots, so that a few latents in a bin are seen beside the many in another. */
const step = (n, most) => (n > 0 ? Math.max(1, Math.ceil(Math.sqrt(n / most) * STEPS)) : 0);

export function DensityCourse({ run, at, point }) {
  const [box, width] = useWidth();
  const [cell, setCell] = useState(null);
  const shown = columns(run.lines, Math.max(8, Math.floor((width - EDGE.left - EDGE.right) / 7)));
  const title = html`<h2>Densities of the latents <span>${run.name}</span></h2>`;
  if (!shown.length) return html`<section class="plot curves">${title}<div ref=${box}><p class="nothing">No histogram yet.</p></div></section>`;
  const bins = shown[0].density.counts.length;
  const most = Math.max(...shown.flatMap((line) => line.density.counts));
  const latents = shown[0].density.counts.reduce((a, b) => a + b, 0) + shown[0].density.silent;
  const wide = (width - EDGE.left - EDGE.right) / shown.length;
  const top = (bin) => EDGE.top + (bins - 1 - bin) * ROW;
  const floor = EDGE.top + bins * ROW;
  const height = floor + SILENT + EDGE.bottom;
  const marked = at === null ? -1 : shown.reduce((best, line, i) => (Math.abs(line.tokens - at) < Math.abs(shown[best].tokens - at) ? i : best), 0);
  const follow = (event) => {
    const rect = event.currentTarget.getBoundingClientRect();
    const i = Math.floor((event.clientX - rect.left - EDGE.left) / wide);
    if (!shown[i]) return leave();
    const down = event.clientY - rect.top;
    setCell({ i, bin: down > floor ? -1 : Math.max(0, Math.min(bins - 1, bins - 1 - Math.floor((down - EDGE.top) / ROW))) });
    point(shown[i].tokens);
  };
  const leave = () => {
    setCell(null);
    point(null);
  };
  const line = shown[cell?.i] ?? shown.at(-1);
  const said = cell && shown[cell.i]
    ? cell.bin < 0
      ? `${of(line.density.silent, 'latent')} did not fire`
      : `${of(line.density.counts[cell.bin], 'latent')} fired on ${percent(share(cell.bin))} to ${percent(share(cell.bin + 1))} of rows`
    : `${of(line.density.silent, 'latent')} did not fire`;
  const marks = shown.length === 1 ? [0] : [0, Math.floor((shown.length - 1) / 2), shown.length - 1];
  return html`<section class="plot curves course">
    ${title}
    <div ref=${box}>
      <svg role="img" aria-label=${`Histogram of densities over ${shown.length} logged steps; at the last, ${said}`} viewBox=${`0 0 ${width} ${height}`} style=${{ height: height + 'px' }} onMouseMove=${follow} onMouseLeave=${leave}>
        ${Array.from({ length: bins / PER_DECADE + 1 }, (_, i) => html`<path class="rule" d=${`M${EDGE.left} ${top(i * PER_DECADE) + ROW}H${width - EDGE.right}`} />
          ${i > 0 && html`<text x=${EDGE.left - 8} y=${top(i * PER_DECADE) + ROW + 4.5} text-anchor="end">${percent(10 ** (LOWEST + i))}</text>`}`)}
        <text x=${EDGE.left - 8} y=${floor + SILENT - 2} text-anchor="end">silent</text>
        ${shown.map((one, i) => html`<g class=${i === marked ? 'column marked' : 'column'}>
          ${one.density.counts.map((n, bin) => n > 0 && html`<rect class=${'f' + step(n, most)} x=${(EDGE.left + i * wide).toFixed(2)} y=${top(bin)} width=${(wide + 0.3).toFixed(2)} height=${ROW} />`)}
          ${one.density.silent > 0 && html`<rect class=${'f' + step(one.density.silent, latents)} x=${(EDGE.left + i * wide).toFixed(2)} y=${floor + 3} width=${(wide + 0.3).toFixed(2)} height=${SILENT - 3} />`}
        </g>`)}
        ${marks.map((i, n) => html`<text x=${EDGE.left + (i + 0.5) * wide} y=${floor + SILENT + 18} text-anchor=${n === 0 && shown.length > 1 ? 'start' : n === 2 ? 'end' : 'middle'}>${short(shown[i].tokens)}</text>`)}
        <text x=${(EDGE.left + width - EDGE.right) / 2} y=${height - 6} text-anchor="middle">rows trained on</text>
      </svg>
    </div>
    <p class="curves-readout">At ${short(line.tokens)} rows, ${said}; counted on ${of(line.density.rows, 'row')}, n = ${of(latents, 'latent')}.</p>
  </section>`;
}

const PARTS = [
  ['encode', 'dense product'],
  ['select', 'selecting active latents'],
  ['decode', 'reconstructing'],
  ['gradients', 'gradients'],
  ['optimiser', 'optimiser'],
  ['other', 'waiting for rows, other runs, writing'],
];

/** Where the seconds of a step went, by run. */
export function TimeSplit({ runs, at }) {
  const near = (lines) => (at === null ? lines.at(-1) : lines.reduce((best, line) => (Math.abs(line.tokens - at) < Math.abs(best.tokens - at) ? line : best)));
  const shown = runs.map((run) => ({ ...run, line: near(run.lines.filter((line) => line.seconds).length ? run.lines.filter((line) => line.seconds) : [{}]) })).filter((run) => run.line.seconds);
  if (!shown.length) return null;
  const whole = (line) => PARTS.reduce((sum, [part]) => sum + line.seconds[part], 0);
  const longest = Math.max(...shown.map((run) => whole(run.line)));
  return html`<section class="plot curves split" aria-label="Where a step's time goes">
    <h2>Where a step’s time goes <span>means since the line before</span></h2>
    <ul class="split-legend">${PARTS.map(([part, what], i) => html`<li><i class=${'s' + i} aria-hidden="true"></i>${what}</li>`)}</ul>
    ${shown.map((run) => html`<div class="split-row">
      <span class="split-name">${run.name}</span>
      <div class="split-bar" role="img" aria-label=${PARTS.map(([part, what]) => `${what} ${milliseconds(run.line.seconds[part])}`).join(', ')}>
        ${PARTS.map(([part, what], i) => html`<i class=${'s' + i} style=${{ width: `${(run.line.seconds[part] / longest) * 100}%` }} title=${`${what}: ${milliseconds(run.line.seconds[part])}`}></i>`)}
      </div>
      <span class="split-total">${milliseconds(whole(run.line))} a step, ${count(Math.round(run.line.rows_per_second))} rows/s</span>
    </div>`)}
  </section>`;
}

const milliseconds = (s) => (s >= 1 ? s.toFixed(2) + ' s' : s >= 0.01 ? Math.round(s * 1e3) + ' ms' : (s * 1e3).toFixed(1) + ' ms');
