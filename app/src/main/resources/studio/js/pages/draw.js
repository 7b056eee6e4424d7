/** Networks that draw, side by side from the same noise, as the class or caption, the noise and the steps change. All is in the URL. */
import { html, useEffect, useRef, useState } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { Problem, useKeys, useTitle } from '../components.js';
import { number, of } from '../format.js';
import { go, withQuery } from '../router.js';
import { DrawTables } from './draw-tables.js';
import { DrawTraining, useTrainings } from './draw-training.js';
import { useLatest } from './drawing.js';
import { Pixels } from './pixels.js';
import { Touch } from './touch.js';

const COUNTS = [1, 4, 16];
const EXAMPLE = 'a red heart';
const FRAMES = 9; // of a walk
const WALK_STEP = 0.02;
const PAUSE_MILLIS = 150; // in typing, before a caption is drawn
const WALK_MILLIS = 60; // between the steps of a walk that goes by itself
const keep = { keepScroll: true, replace: true };
const set = (changes) => go(withQuery(changes), keep);

export function DrawPage({ query }) {
  useTitle('Draw');
  const trainings = useTrainings();
  const { data, error } = useApi('/api/pictures?at=' + trainings.sheets); // looked at anew when a training went on
  if (error) return html`<main id="main" class="page"><${Problem} error=${error} /></main>`;
  if (!data) return html`<main id="main" class="page"><div class="ghost tall"></div></main>`;
  return html`<main id="main" class="page draw">
    <${Drawing} networks=${data.networks} query=${query} />
    ${data.features && html`<${Touch} networks=${data.networks} now=${state(query, data.networks)} query=${query} />`}
    <${DrawTables} evaluation=${data.evaluation} ablation=${data.ablation} />
    <${DrawTraining} trainings=${trainings} query=${query} />
  </main>`;
}

/** A whole number of the URL, or what it is unless said. */
const whole = (text, otherwise) => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : otherwise);
const within = (x, low, high) => (Number.isFinite(x) ? Math.min(high, Math.max(low, x)) : low);

function state(query, networks) {
  const ready = networks.find((one) => one.ready);
  const most = ready && !ready.captions ? (ready.none ?? ready.classes - 1) : 0;
  const seed = whole(query.get('seed'), 0);
  return {
    subject: ready?.captions ? { caption: query.get('caption') ?? EXAMPLE } : { label: Math.min(most, whole(query.get('class'), 0)) },
    seed,
    to: whole(query.get('to'), seed + 1000),
    share: within(Number(query.get('walk') ?? 0), 0, 1),
    guidance: within(Number(query.get('guidance') ?? 0), 0, 30),
    count: COUNTS.includes(Number(query.get('count'))) ? Number(query.get('count')) : 4,
  };
}

const stepsOf = (network, query) => {
  const wanted = whole(query.get(network.name + '-steps'), network.steps.at(-1) > 8 ? network.steps.at(-1) : network.steps[0]);
  return network.steps.includes(wanted) ? wanted : network.steps[0];
};
const samplerOf = (network, query) => (network.samplers.includes(query.get(network.name + '-sampler')) ? query.get(network.name + '-sampler') : network.samplers[0]);

function Drawing({ networks, query }) {
  const ready = networks.find((one) => one.ready);
  const now = state(query, networks);
  const [walking, walk] = useWalk(now.share);
  const digits = Object.fromEntries(Array.from({ length: Math.min(10, ready?.classes ?? 0) }, (_, i) => [String(i), () => set({ class: i })]));
  useKeys({ ...digits, n: () => set({ seed: now.seed + now.count, to: '' }), w: () => walk(!walking) });
  return html`<section class="strip" aria-label="These networks">
      <div class="strip-title">
        <h1>Draw <span>${networks.map((one) => one.name).join(' and ')}</span></h1>
        <p>${networks.map((one, i) => html`${i > 0 && ' · '}${one.name} <span class="mono">${one.run}</span>`)}${ready && ` · pictures of ${ready.side} × ${ready.side}`}</p>
      </div>
    </section>
    ${ready && html`<${Controls} now=${now} network=${ready} />`}
    <div class="draw-pair">${networks.map((network) => html`<${Panel} key=${network.name} network=${network} now=${now} query=${query} />`)}</div>
    ${ready && html`<${Walk} networks=${networks} now=${now} query=${query} walking=${walking} walk=${walk} />`}`;
}

function Classes({ now, network }) {
  const { label } = now.subject;
  return html`<div class="segments classes" role="group" aria-label="Class">
    ${[...Array(network.classes).keys()].map((one) => html`<button type="button" aria-pressed=${String(label === one)} onClick=${() => set({ class: one })}>${one}</button>`)}
    ${network.none !== undefined && html`<button type="button" aria-pressed=${String(label === network.none)} onClick=${() => set({ class: network.none })}>none</button>`}
  </div>`;
}

/** What is typed stands in the URL, and is drawn, after a short pause. */
function Caption({ now }) {
  const pause = useRef(0);
  useEffect(() => () => clearTimeout(pause.current), []);
  const typed = (e) => {
    const caption = e.target.value;
    clearTimeout(pause.current);
    pause.current = setTimeout(() => set({ caption }), PAUSE_MILLIS);
  };
  return html`<label class="field caption">Caption <input type="text" maxlength="300" spellcheck="false" autocomplete="off" value=${now.subject.caption} onInput=${typed} /></label>`;
}

function Controls({ now, network }) {
  return html`<div class="draw-controls" role="group" aria-label="What is drawn">
    ${network.captions ? html`<${Caption} now=${now} />` : html`<${Classes} now=${now} network=${network} />`}
    <label class="field">Seed <input type="number" min="0" value=${now.seed} onChange=${(e) => set({ seed: whole(e.target.value, 0), to: '' })} /></label>
    <button type="button" class="plain" title="Other noise (n)" onClick=${() => set({ seed: now.seed + now.count, to: '' })}>Other noise</button>
    <label class="field">Guidance <input type="range" min="0" max="8" step="0.5" value=${now.guidance} onInput=${(e) => set({ guidance: e.target.value === '0' ? '' : e.target.value })} /><output>${now.guidance > 1 ? number(now.guidance) : 'none'}</output></label>
    <div class="segments" role="group" aria-label="Pictures">${COUNTS.map((n) => html`<button type="button" aria-pressed=${String(now.count === n)} onClick=${() => set({ count: n })}>${n}</button>`)}</div>
  </div>`;
}

const request = (network, now, query, pictures) => ({
  network: network.name,
  pictures,
  steps: stepsOf(network, query),
  sampler: samplerOf(network, query),
  guidance: now.guidance,
});
const called = ({ label, caption }) => (caption === undefined ? `class ${label}` : `“${caption}”`);
const noise = (now, i, share) => ({ ...now.subject, seed: now.seed + i, to: now.to + i, share });

function Panel({ network, now, query }) {
  const wanted = network.ready && request(network, now, query, Array.from({ length: now.count }, (_, i) => noise(now, i, now.share)));
  const { data, error } = useLatest('/api/pictures/draw', wanted);
  if (!network.ready) return html`<section class="draw-panel" aria-label=${network.name}><h2>${network.name}</h2><p class="nothing">It has no weights yet. What it draws is shown below, as it is trained.</p></section>`;
  const steps = stepsOf(network, query);
  return html`<section class=${'draw-panel ' + network.name} aria-label=${network.name}>
    <header><h2>${network.name}</h2>
      <p class="draw-time" role="status">${data ? html`<b>${number(data.milliseconds)} ms</b> <small>${of(data.count, 'picture')} in ${of(steps, 'step')}</small>` : ' '}</p></header>
    ${error && html`<${Problem} error=${error} />`}
    ${data && html`<${Pixels} sheet=${data.pictures} count=${data.count} columns=${Math.sqrt(data.count)} label=${`${of(data.count, 'picture')} of ${called(now.subject)} by the ${network.name}`} />`}
    ${!data && !error && html`<div class="ghost"></div>`}
    <div class="draw-settings">
      <label class="field">Steps <input type="range" min="0" max=${network.steps.length - 1} value=${network.steps.indexOf(steps)} aria-valuetext=${of(steps, 'step')} onInput=${(e) => set({ [network.name + '-steps']: network.steps[e.target.value] })} /><output>${steps}</output></label>
      ${network.samplers.length > 1 && html`<label class="field">Sampler <select onChange=${(e) => set({ [network.name + '-sampler']: e.target.value === network.samplers[0] ? '' : e.target.value })}>${network.samplers.map((name) => html`<option value=${name} selected=${name === samplerOf(network, query)}>${name}</option>`)}</select></label>`}
    </div>
  </section>`;
}

function Walk({ networks, now, query, walking, walk }) {
  return html`<section class="draw-walk" aria-label="A walk between two noises">
    <h2>A walk <span>on the great circle from the noise of seed ${now.seed} to that of seed ${now.to}</span></h2>
    <div class="draw-controls">
      <button type="button" class="plain" title="Walk (w)" aria-pressed=${String(walking)} onClick=${() => walk(!walking)}>${walking ? 'Stop' : 'Walk'}</button>
      <label class="field walk">Share <input type="range" min="0" max="1" step="0.01" value=${now.share} onInput=${(e) => set({ walk: e.target.value === '0' ? '' : e.target.value })} /><output>${now.share.toFixed(2)}</output></label>
      <label class="field">To seed <input type="number" min="0" value=${now.to} onChange=${(e) => set({ to: whole(e.target.value, now.seed + 1000) })} /></label>
    </div>
    ${networks.filter((one) => one.ready).map((network) => html`<${Strip} key=${network.name} network=${network} now=${now} query=${query} />`)}
  </section>`;
}

/** The first picture's walk, in equal parts. */
function Strip({ network, now, query }) {
  const frames = Array.from({ length: FRAMES }, (_, i) => noise(now, 0, i / (FRAMES - 1)));
  const { data, error } = useLatest('/api/pictures/draw', request(network, now, query, frames));
  return html`<div class="draw-strip"><h3>${network.name}</h3>
    ${error && html`<${Problem} error=${error} />`}
    ${data && html`<${Pixels} sheet=${data.pictures} count=${data.count} columns=${FRAMES} room=${880} label=${`The walk of the ${network.name}, in ${FRAMES} pictures`} />`}</div>`;
}

/** A walk that goes by itself, to the end and back, until it is stopped or the page is left. */
function useWalk(share) {
  const [walking, setWalking] = useState(false);
  const at = useRef({ share, by: WALK_STEP });
  at.current.share = share;
  useEffect(() => {
    if (!walking) return undefined;
    const timer = setInterval(() => {
      const here = at.current;
      if (here.share >= 1) here.by = -WALK_STEP;
      if (here.share <= 0) here.by = WALK_STEP;
      set({ walk: within(here.share + here.by, 0, 1).toFixed(2) });
    }, WALK_MILLIS);
    return () => clearInterval(timer);
  }, [walking]);
  return [walking, setWalking];
}
