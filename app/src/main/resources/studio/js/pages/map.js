/** The map of decoder directions: colour is density, a dragged box selects, a filter dims the rest. */
import { html, useEffect, useMemo, useRef, useState } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { DensityBar, Problem, useTitle } from '../components.js';
import { count, of, percent } from '../format.js';
import { go, withQuery } from '../router.js';
import { TokenChip, plain } from '../tokens.js';

/** Viridis in nine steps, from rare to dense; the ground is dark in both themes so that each can be seen. */
const VIRIDIS = ['#6b4f9a', '#5568a8', '#4480a0', '#35938f', '#2ca77f', '#4cbb6a', '#82cd4e', '#bfd92f', '#fde725'];
const DEAD = '#7c7f88';
const PADDING = 18;
const NEAR = 9; // pixels from the pointer to a point

/** Whole decades around the densities of what fires. */
function decades(density) {
  const logs = density.filter((d) => d > 0).map(Math.log10).sort((a, b) => a - b);
  if (!logs.length) return [-6, 0];
  const low = Math.floor(logs[Math.floor(logs.length * 0.01)]);
  const high = Math.ceil(logs[Math.floor(logs.length * 0.99)]);
  return [low, Math.max(high, low + 1)];
}

function colour(density, [low, high]) {
  if (!(density > 0)) return DEAD;
  const share = (Math.log10(density) - low) / (high - low);
  return VIRIDIS[Math.max(0, Math.min(VIRIDIS.length - 1, Math.floor(share * VIRIDIS.length)))];
}

/** From places to pixels and back, one scale for both axes. */
function frame(map, width, height) {
  const ends = (values) => values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  const [x0, x1] = ends(map.x);
  const [y0, y1] = ends(map.y);
  const scale = Math.min((width - 2 * PADDING) / (x1 - x0 || 1), (height - 2 * PADDING) / (y1 - y0 || 1));
  const left = (width - scale * (x1 - x0)) / 2;
  const top = (height - scale * (y1 - y0)) / 2;
  return {
    pixel: (x, y) => [left + (x - x0) * scale, top + (y1 - y) * scale],
    place: (px, py) => [x0 + (px - left) / scale, y1 - (py - top) / scale],
  };
}

export function MapPage({ query, dictionary, there }) {
  useTitle('Map');
  const { data: map, error } = useApi(there ? '/api/map' : undefined);
  const q = query.get('q') ?? '';
  const { data: found } = useApi(map && q ? '/api/latents?' + new URLSearchParams({ q, status: 'all' }) : undefined);
  const box = query.get('box') ?? '';
  const typing = useRef(0);
  const type = (event) => {
    const value = event.target.value;
    clearTimeout(typing.current);
    typing.current = setTimeout(() => go(withQuery({ q: value }), { replace: true, keepScroll: true }), 220);
  };
  const matching = useMemo(() => (q && found ? new Set(found.latents) : undefined), [q, found]);
  const range = useMemo(() => map && decades(map.density), [map]);
  const shown = map && (matching ? map.latents.filter((l) => matching.has(l)).length : map.latents.length);
  return html`<main id="main" class="page map-page">
    <div class="map-head">
      <h1>Map of ${map ? of(map.latents.length, 'direction') : 'directions'}${map && map.latents.length < dictionary.latents ? html` <span>of ${count(dictionary.latents)}, drawn at random</span>` : ''}</h1>
      <form role="search" onSubmit=${(e) => e.preventDefault()}>
        <label class="search"><span class="visually-hidden">Show only features with this token or label</span>
          <input type="search" name="q" placeholder="Filter by token or label" maxlength="200" autocomplete="off" value=${q} onInput=${type} />
        </label>
      </form>
    </div>
    ${error && html`<${Problem} error=${error} />`}
    ${!there && html`<p class="nothing">There is no map of this dictionary yet. Make it with <span class="mono">sememe index RUN --map</span>, then start the studio again.</p>`}
    ${there && !map && !error && html`<p class="working" role="status">Reading the map…</p>`}
    ${map && html`
      <p class="card-note">Near points have near decoder directions; axes and far distances mean nothing. ${percent(map.kept.share)} of each direction’s ${map.kept.neighbours} nearest are kept (principal components ${percent(map.kept.principal)}, chance ${percent(map.kept.chance)}; n = ${count(map.kept.sample)}).</p>
      <div class="map-body">
        <div>
          <${Plane} map=${map} range=${range} matching=${matching} box=${box} label=${`Map of ${map.latents.length} decoder directions; ${shown} match`} />
          <div class="map-foot">
            <${Legend} range=${range} />
            <span role="status">${matching ? html`<b>${count(shown)}</b> of ${count(map.latents.length)} match “${plain(q)}”` : 'Drag a box to select; click a point to open it'}</span>
          </div>
        </div>
        <${Selection} box=${box} q=${q} />
      </div>`}
  </main>`;
}

function Legend({ range: [low, high] }) {
  const name = (log) => percent(10 ** log);
  return html`<div class="legend" role="img" aria-label=${`Colour: density from ${name(low)} to ${name(high)}, log scale`}>
    <span>${name(low)}</span>
    <svg class="map-ramp" viewBox="0 0 9 1" preserveAspectRatio="none" aria-hidden="true">${VIRIDIS.map((c, i) => html`<rect x=${i} width="1.02" height="1" fill=${c} />`)}</svg>
    <span>${name(high)}</span><span class="legend-note">density, log; grey is dead</span>
  </div>`;
}

function Plane({ map, range, matching, box, label }) {
  const canvas = useRef(null);
  const [size, setSize] = useState();
  const [drag, draw] = useState();
  const held = useRef(); // ahead of what is drawn: a fast drag ends before the next paint
  const setDrag = (next) => {
    held.current = next;
    draw(next);
  };
  const [near, setNear] = useState();
  const view = useMemo(() => size && frame(map, ...size), [map, size]);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setSize([entry.contentRect.width, entry.contentRect.height]));
    watch.observe(canvas.current);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    if (!view) return;
    const [width, height] = size;
    const dense = devicePixelRatio || 1;
    const element = canvas.current;
    element.width = width * dense;
    element.height = height * dense;
    const pen = element.getContext('2d');
    pen.scale(dense, dense);
    const radius = map.latents.length > 10_000 ? 1.4 : map.latents.length > 2_000 ? 2 : 3;
    const dot = (i) => {
      const [px, py] = view.pixel(map.x[i], map.y[i]);
      pen.fillStyle = colour(map.density[i], range);
      pen.beginPath();
      pen.arc(px, py, radius, 0, 2 * Math.PI);
      pen.fill();
    };
    const out = (i) => matching && !matching.has(map.latents[i]);
    pen.globalAlpha = 0.13;
    for (let i = 0; i < map.latents.length; i++) if (out(i)) dot(i);
    pen.globalAlpha = 0.85;
    for (let i = 0; i < map.latents.length; i++) if (!out(i)) dot(i);
  }, [map, view, size, matching, range]);

  const at = (event) => {
    const bounds = canvas.current.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  };
  const nearest = ([px, py]) => {
    let best;
    let least = NEAR ** 2;
    for (let i = 0; i < map.latents.length; i++) {
      if (matching && !matching.has(map.latents[i])) continue;
      const [x, y] = view.pixel(map.x[i], map.y[i]);
      const distance = (x - px) ** 2 + (y - py) ** 2;
      if (distance < least) [least, best] = [distance, { latent: map.latents[i], density: map.density[i], x, y }];
    }
    return best;
  };
  const down = (event) => {
    if (event.button) return;
    canvas.current.setPointerCapture(event.pointerId);
    setDrag({ from: at(event), to: at(event) });
  };
  const move = (event) => {
    if (held.current) setDrag({ ...held.current, to: at(event) });
    else if (view) setNear(nearest(at(event)));
  };
  const up = (event) => {
    if (!held.current) return;
    const { from } = held.current;
    const to = at(event);
    setDrag(undefined);
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) < 5) {
      const point = nearest(to);
      if (point) go('/feature/' + point.latent);
      else go(withQuery({ box: '' }), { replace: true, keepScroll: true });
      return;
    }
    const corners = [...view.place(...from), ...view.place(...to)].map((c) => c.toFixed(3));
    go(withQuery({ box: corners.join(',') }), { replace: true, keepScroll: true });
  };
  const corners = box.split(',').map(Number);
  const marked = drag ?? (view && corners.length === 4 && corners.every(Number.isFinite) ? { from: view.pixel(corners[0], corners[1]), to: view.pixel(corners[2], corners[3]) } : undefined);
  const rectangle = marked && {
    left: `${Math.min(marked.from[0], marked.to[0])}px`,
    top: `${Math.min(marked.from[1], marked.to[1])}px`,
    width: `${Math.abs(marked.from[0] - marked.to[0])}px`,
    height: `${Math.abs(marked.from[1] - marked.to[1])}px`,
  };
  return html`<div class="plane">
    <canvas ref=${canvas} role="img" aria-label=${label} onPointerDown=${down} onPointerMove=${move} onPointerUp=${up} onPointerLeave=${() => setNear(undefined)}></canvas>
    ${rectangle && html`<div class="brush" style=${rectangle}></div>`}
    ${near && !drag && html`<div class="map-tip" style=${{ left: `${near.x}px`, top: `${near.y}px` }}><${Tip} point=${near} /></div>`}
  </div>`;
}

function Tip({ point }) {
  const { data } = useApi('/api/features?' + new URLSearchParams({ latents: point.latent, status: 'all', limit: 1 }));
  const feature = data?.features[0]?.latent === point.latent ? data.features[0] : undefined;
  return html`<b>${point.latent}</b> ${percent(point.density)} ${feature?.top_tokens.slice(0, 3).map((t) => html`<${TokenChip} text=${t} />`)}`;
}

function Selection({ box, q }) {
  const ask = new URLSearchParams({ box, status: 'all', limit: '50' });
  if (q) ask.set('q', q);
  const { data, error, loading } = useApi(box ? '/api/features?' + ask : undefined);
  if (!box) return html`<aside class="selection" aria-label="Selection"><p class="nothing">Nothing is selected.</p></aside>`;
  const there = new URLSearchParams({ box, status: 'all' });
  if (q) there.set('q', q);
  return html`<aside class=${'selection' + (loading ? ' stale' : '')} aria-label="Selection">
    ${error && html`<${Problem} error=${error} />`}
    ${data && html`
      <p class="found" role="status"><b>${of(data.total, 'feature')}</b> in the box</p>
      <p><a href=${'/?' + there}>Show them in the list</a> <button type="button" class="plain" onClick=${() => go(withQuery({ box: '' }), { replace: true, keepScroll: true })}>Clear</button></p>
      <ol>${data.features.map((f) => html`<li key=${f.latent}><a href=${'/feature/' + f.latent}>
        <span class="row-id">${f.latent}</span>
        <span class="row-label">${data.labels[f.latent] ? html`<bdi class="given-label">${plain(data.labels[f.latent])}</bdi>` : f.top_tokens.length ? f.top_tokens.slice(0, 3).map((t) => html`<${TokenChip} text=${t} />`) : html`<em>dead</em>`}</span>
        <${DensityBar} density=${f.density} />
      </a></li>`)}</ol>`}
  </aside>`;
}
