/** One measure against L0: a mark for each dictionary, a line through the means of each curve's recipes. */
import { html, useEffect, useRef, useState } from '../../vendor/preact-htm.js';
import { ticks } from './axis.js';

const HEIGHT = 320;
const REACH = 28; // pixels within which the nearest mark is meant
const EDGE = { left: 58, right: 14, top: 14, bottom: 50 };

/** As many marks as colours, so that a curve is known without its colour. */
const SHAPES = [
  'm-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z',
  'm-4.5-4.5h9v9h-9z',
  'm0-5.5l5.5 10h-11z',
  'm0-6l6 6l-6 6l-6-6z',
  'm-5-5l10 10m0-10l-10 10',
  'm0 5.5l5.5-10h-11z',
  'm0-6v12m-6-6h12',
];
export const shape = (series) => SHAPES[series % SHAPES.length];
export const colour = (series) => 's' + (series % 7);

/** Powers of two, from the one below the values to the one above. */
function sparsityScale(values, width) {
  const low = Math.floor(Math.log2(Math.min(...values) * 0.95));
  const high = Math.max(low + 1, Math.ceil(Math.log2(Math.max(...values) * 1.05)));
  const stride = Math.max(1, Math.ceil((high - low) / Math.max(2, Math.floor((width - 60) / 60))));
  const marks = [];
  for (let power = low; power <= high; power += stride) marks.push(2 ** power);
  const span = width - EDGE.left - EDGE.right;
  return { at: (value) => EDGE.left + ((Math.log2(value) - low) / (high - low)) * span, marks };
}

/** Round values around those to be shown, with some room. */
function measureScale(values) {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const room = Math.max((most - least) * 0.08, Math.abs(most) * 0.01, 1e-6);
  const [low, high] = [least - room, most + room];
  const stride = ticks(high - low, 5)[1];
  const marks = [];
  for (let i = Math.ceil(low / stride); i * stride <= high; i++) marks.push(Number((i * stride).toPrecision(6)));
  const places = Math.max(...marks.map((mark) => (String(mark).split('.')[1] ?? '').length));
  const span = HEIGHT - EDGE.top - EDGE.bottom;
  return {
    at: (value) => HEIGHT - EDGE.bottom - ((value - low) / (high - low)) * span,
    marks: marks.map((mark) => [mark, mark.toFixed(places).replace('-', '−')]),
  };
}

/** A box, and how wide it is now. */
export function useWidth() {
  const box = useRef(null);
  const [width, setWidth] = useState(520);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(220, Math.round(entry.contentRect.width))));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

/**
 * `measure` is a key of scores and of means; `link` says which run is pointed at and takes what is pointed at or
 * chosen. The table below holds the same numbers for those who do not see the plot.
 */
export function ParetoPlot({ title, better, measure, members, recipes, series, link }) {
  const [box, width] = useWidth();
  const shown = members.filter((m) => Number.isFinite(m.scores?.[measure]));
  const x = sparsityScale(shown.map((m) => Math.max(1e-3, m.scores.l0)), width);
  const y = measureScale(shown.map((m) => m.scores[measure]));
  const nearest = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    let best = { away: REACH, name: null };
    for (const m of shown) {
      const away = Math.hypot(x.at(Math.max(1e-3, m.scores.l0)) - px, y.at(m.scores[measure]) - py);
      if (away < best.away) best = { away, name: m.name };
    }
    return best.name;
  };
  const select = (event) => {
    const name = nearest(event);
    if (name) link.choose(name);
  };
  const onTop = (a, b) => (a.name === link.run) - (b.name === link.run);
  const place = (scores) => `M${x.at(Math.max(1e-3, scores.l0)).toFixed(1)} ${y.at(scores[measure]).toFixed(1)}`;
  return html`<section class="plot">
    <h2>${title} <span>${better} is better</span></h2>
    <div ref=${box}>
      <svg role="img" aria-label=${`${title} against L0 of ${shown.length} dictionaries; the table below holds the numbers`} viewBox=${`0 0 ${width} ${HEIGHT}`}
        onMouseMove=${(event) => link.point(nearest(event))} onMouseLeave=${() => link.point(null)} onClick=${select}>
        ${y.marks.map(([mark, label]) => html`<path class="rule" d=${`M${EDGE.left} ${y.at(mark)}H${width - EDGE.right}`} />
          <text x=${EDGE.left - 8} y=${y.at(mark) + 4.5} text-anchor="end">${label}</text>`)}
        ${x.marks.map((mark) => html`<path class="rule" d=${`M${x.at(mark)} ${HEIGHT - EDGE.bottom}V${EDGE.top}`} />
          <text x=${x.at(mark)} y=${HEIGHT - EDGE.bottom + 19} text-anchor="middle">${mark}</text>`)}
        <text x=${(EDGE.left + width - EDGE.right) / 2} y=${HEIGHT - 10} text-anchor="middle">L0, active latents a token</text>
        ${series.map((name, i) => {
          const means = recipes.filter((r) => r.series === name && Number.isFinite(r[measure])).sort((a, b) => a.l0 - b.l0);
          return html`<g class=${colour(i)}>
            <path class="mean-line" d=${means.map(place).join('').replace(/(?!^)M/g, 'L')} />
            ${shown.filter((m) => m.series === name).sort(onTop).map((m) => html`<path class=${'mark' + (link.run === m.name ? ' lit' : '')} data-run=${m.name} d=${place(m.scores) + shape(i)} />`)}
          </g>`;
        })}
      </svg>
    </div>
  </section>`;
}
