/** "Touch the picture": paint where a feature should be on or off, and the network draws again. All is in the URL. */
import { html, useState } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { Problem } from '../components.js';
import { number, of, percent } from '../format.js';
import { go, withQuery } from '../router.js';
import { useLatest } from './drawing.js';
import { Pixels } from './pixels.js';

const set = (changes) => go(withQuery(changes), { keepScroll: true, replace: true });
const TIMES = 4; // the maximum, unless the URL says otherwise: what skips past the module hides smaller changes
const BRUSHES = [
  ['on', 'On'],
  ['off', 'Off'],
  ['as-is', 'As it is'],
];

/** Whole numbers of the URL with commas between. */
const places = (text, most) => new Set((text ?? '').split(',').filter((one) => /^\d{1,6}$/.test(one)).map(Number).filter((place) => place < most));

export function Touch({ networks, now, query }) {
  const { data, error } = useApi('/api/pictures/features');
  if (error) return html`<${Problem} error=${error} />`;
  if (!data) return null;
  const network = networks.find((one) => one.name === data.network);
  return html`<section class="draw-touch" aria-label="Touch the picture">
    <h2>Touch the picture <span>features of <span class="mono">${data.hook}</span> in the ${data.network}, over ${of(data.pictures, 'drawn picture')}</span></h2>
    ${data.features.length ? html`<${Painting} known=${data} network=${network} now=${now} query=${query} />` : html`<p class="nothing">No feature is active in the pictures that were looked at.</p>`}
  </section>`;
}

function Painting({ known, network, now, query }) {
  const [brush, setBrush] = useState('on');
  const [down, press] = useState(false);
  const feature = known.features.find((one) => String(one.latent) === query.get('feature')) ?? known.features[0];
  const count = known.height * known.width;
  const times = /^([1-9]|10)$/.test(query.get('times') ?? '') ? Number(query.get('times')) : TIMES;
  const strength = times * feature.largest;
  const [on, off] = [places(query.get('on'), count), places(query.get('off'), count)];
  const plain = { network: network.name, pictures: [{ ...now.subject, seed: now.seed, to: now.to, share: now.share }], steps: network.steps[0], guidance: now.guidance, watch: feature.latent };
  const { data: before, error } = useLatest('/api/pictures/draw', plain);
  const { data: after, error: failed } = useLatest('/api/pictures/draw', { ...plain, touches: [{ latent: feature.latent, on: [...on], off: [...off], strength }] });
  const paint = (place) => {
    const change = (places, with_) => [...(with_ ? places.add(place) : (places.delete(place), places))].sort((a, b) => a - b).join();
    set({ on: change(on, brush === 'on'), off: change(off, brush === 'off') });
  };
  return html`
    <ol class="touch-features">${known.features.map((one) => html`<li key=${one.latent}><button type="button" aria-pressed=${String(one === feature)} onClick=${() => set({ feature: one.latent, on: '', off: '' })}>
      <${Pixels} sheet=${one.examples} count=${one.count} columns=${2} room=${72} label=${`Pictures in which feature ${one.latent} is strongest`} />
      <span>${one.latent}</span><small>${percent(one.density)}</small></button></li>`)}</ol>
    <div class="draw-controls">
      <div class="segments" role="group" aria-label="Brush">${BRUSHES.map(([key, name]) => html`<button type="button" aria-pressed=${String(brush === key)} onClick=${() => setBrush(key)}>${name}</button>`)}</div>
      <button type="button" class="plain" onClick=${() => set({ on: '', off: '' })}>Clear</button>
      <label class="field">Strength <input type="range" min="1" max="10" value=${times} aria-valuetext=${`${times} times its maximum`} onInput=${(e) => set({ times: Number(e.target.value) === TIMES ? '' : e.target.value })} /><output>${times}×</output></label>
      <span class="card-note">Feature ${feature.latent}: “on” is ${number(strength)}, ${times} times its maximum. Orange is where it is active now.</span>
    </div>
    ${(error ?? failed) && html`<${Problem} error=${error ?? failed} />`}
    <div class="touch-pair">
      ${before && html`<figure><div class="touch-canvas" onPointerUp=${() => press(false)} onPointerLeave=${() => press(false)}>
        <${Pixels} sheet=${before.pictures} label="The picture as it is drawn" />
        <div class="touch-grid" style=${{ gridTemplateColumns: `repeat(${known.width}, 1fr)` }} role="group" aria-label="Where the feature should be on or off">
          ${Array.from({ length: count }, (_, place) => {
            const state = on.has(place) ? 'on' : off.has(place) ? 'off' : 'as it is';
            const active = (before.activations?.[place] ?? 0) / feature.largest;
            return html`<button type="button" key=${place} class=${state === 'as it is' ? '' : state} style=${{ '--heat': `${Math.round(Math.min(1, active) * 70)}%` }}
              aria-label=${`row ${Math.floor(place / known.width) + 1}, column ${(place % known.width) + 1}: ${state}`}
              onPointerDown=${() => press(true)} onPointerEnter=${() => down && paint(place)} onClick=${() => paint(place)}></button>`;
          })}
        </div></div><figcaption>As it is: paint here</figcaption></figure>`}
      ${after && html`<figure><${Pixels} sheet=${after.pictures} label=${`The picture with feature ${feature.latent} on at ${of(on.size, 'place')} and off at ${off.size}`} />
        <figcaption>${on.size + off.size ? html`On at ${of(on.size, 'place')}, off at ${of(off.size, 'place')}; ${number(after.milliseconds)} ms` : 'Nothing is painted yet'}</figcaption></figure>`}
    </div>`;
}
