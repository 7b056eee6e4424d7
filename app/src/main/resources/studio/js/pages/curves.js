/** A measure of runs over their rows: a line for each, a crosshair that all plots share. */
import { html } from '../../vendor/preact-htm.js';
import { ticks } from './axis.js';
import { number, short } from '../format.js';
import { colour, useWidth } from './pareto.js';

const HEIGHT = 220;
const EDGE = { left: 62, right: 12, top: 10, bottom: 44 };
const DASHES = ['', '7 4', '2 3'];

/** Seven colours, then the same dashed, so that any number of runs can be told apart. */
export const dash = (series) => DASHES[Math.floor(series / 7) % DASHES.length];

function scale(low, high, from, to, log) {
  const map = log ? Math.log10 : (x) => x;
  const [a, b] = [map(low), map(high)];
  return (x) => from + ((map(x) - a) / (b - a || 1)) * (to - from);
}

function linearMarks(low, high, most) {
  const stride = ticks(high - low, most)[1];
  const marks = [];
  for (let i = Math.ceil(low / stride - 1e-9); i * stride <= high + stride * 1e-9; i++) marks.push(Number((i * stride).toPrecision(8)));
  return marks;
}

/** Powers of ten, and 2 and 5 times them where there are few. */
function logMarks(low, high) {
  const decades = Math.log10(high / low);
  const steps = decades > 3 ? [1] : decades > 1.2 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
  const marks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const s of steps) {
      const mark = Number((s * 10 ** power).toPrecision(6));
      if (mark >= low && mark <= high) marks.push(mark);
    }
  return marks.length > 1 ? marks : linearMarks(low, high, 3);
}

function range(values, log) {
  const least = Math.min(...values);
  const most = Math.max(...values);
  if (log) return [least * 0.95, most * 1.05 + 1e-12];
  const room = Math.max((most - least) * 0.06, Math.abs(most) * 0.01, 1e-9);
  return [least >= 0 ? Math.max(0, least - room) : least - room, most + room];
}

/**
 * `value` takes a line to a number or undefined, `along` to its place, in `unit`; `at` (such a place) is where the
 * crosshair stands, and `point` is told.
 * `runs` are `{ name, series, lines }`.
 */
export function Curves({ title, note, value, along = (line) => line.tokens, unit = 'rows trained on', runs, log, at, point, end }) {
  const [box, width] = useWidth();
  const shown = runs
    .map((run) => ({ ...run, points: run.lines.map((line) => [along(line), value(line, run)]).filter(([, y]) => Number.isFinite(y) && (!log || y > 0)) }))
    .filter((run) => run.points.length);
  const heading = html`<h2>${title}${note && html` <span>${note}</span>`}</h2>`;
  if (!shown.length) return html`<section class="plot curves">${heading}<div ref=${box} class="curves-empty"><p class="nothing">${log && runs.some((r) => r.lines.length) ? 'Nothing above 0.' : 'No line yet.'}</p></div></section>`;
  const [low, high] = range(shown.flatMap((run) => run.points.map(([, y]) => y)), log);
  const right = Math.max(end ?? 0, ...shown.map((run) => run.points.at(-1)[0]));
  const x = scale(0, right, EDGE.left, width - EDGE.right, false);
  const y = scale(low, high, HEIGHT - EDGE.bottom, EDGE.top, log);
  const follow = (event) => {
    const rect = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - rect.left - EDGE.left) / (width - EDGE.left - EDGE.right);
    point(share < -0.02 || share > 1.02 ? null : Math.max(0, Math.min(1, share)) * right);
  };
  return html`<section class="plot curves">
    ${heading}
    <div ref=${box}>
      <svg role="img" aria-label=${`${title}: ${shown.map((run) => `${run.name} ${number(run.points.at(-1)[1])}`).join(', ')}`} viewBox=${`0 0 ${width} ${HEIGHT}`} onMouseMove=${follow} onMouseLeave=${() => point(null)}>
        ${(log ? logMarks(low, high) : linearMarks(low, high, 4)).map((mark) => html`<path class="rule" d=${`M${EDGE.left} ${y(mark).toFixed(1)}H${width - EDGE.right}`} />
          <text x=${EDGE.left - 8} y=${y(mark) + 4.5} text-anchor="end">${mark >= 1e4 ? short(mark) : number(mark)}</text>`)}
        ${linearMarks(0, right, Math.max(2, Math.floor(width / 85))).map((mark) => html`<text x=${x(mark)} y=${HEIGHT - EDGE.bottom + 19} text-anchor="middle">${short(mark)}</text>`)}
        <text x=${(EDGE.left + width - EDGE.right) / 2} y=${HEIGHT - 6} text-anchor="middle">${unit}</text>
        ${at !== null && at <= right && html`<path class="crosshair" d=${`M${x(at).toFixed(1)} ${EDGE.top}V${HEIGHT - EDGE.bottom}`} />`}
        ${shown.map((run) => html`<g class=${colour(run.series)} data-run=${run.name}>
          <path class="mean-line" stroke-dasharray=${dash(run.series)} d=${'M' + run.points.map(([tokens, v]) => `${x(tokens).toFixed(1)} ${y(v).toFixed(1)}`).join('L')} />
          ${run.points.length === 1 && html`<circle class="mark" cx=${x(run.points[0][0])} cy=${y(run.points[0][1])} r="3" />`}
        </g>`)}
      </svg>
    </div>
    <p class="curves-readout">${shown.slice(0, 6).map((run) => {
      const nearest = at === null ? run.points.at(-1) : run.points.reduce((best, p) => (Math.abs(p[0] - at) < Math.abs(best[0] - at) ? p : best));
      return html`<span class=${colour(run.series)}><i aria-hidden="true"></i>${number(nearest[1])}${at !== null || shown.length > 1 ? html` <small>at ${short(nearest[0])}</small>` : ''}</span>`;
    })}</p>
  </section>`;
}
