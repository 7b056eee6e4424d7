/** The steered features: how each is turned, in every unit; and a search to add one. */
import { html, useEffect, useRef, useState } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { number } from '../format.js';
import { hasStrength, hasUnit, MODES, rawStrength, UNITS } from '../steering.js';
import { TokenChip } from '../tokens.js';

const PRESETS = [-5, 0, 1, 2, 5, 10];
/** How far the slider goes, and its step, by unit; a factor has its own. */
const REACH = { max: [-10, 10, 0.5], mean: [-40, 40, 1], factor: [-5, 5, 0.1] };

export function SteeredFeatures({ steers, dictionary, onChange }) {
  const put = (i, changes) => onChange(steers.map((s, at) => (at === i ? { ...s, ...changes } : s)));
  const add = (latent) => {
    if (!steers.some((s) => s.latent === latent)) onChange([...steers, { latent, mode: 'clamp', strength: 2, unit: 'max' }]);
  };
  return html`<section class="steer-features" aria-labelledby="steer-features">
    <h2 id="steer-features">Features</h2>
    ${steers.length === 0 && html`<p class="nothing">None yet. Find one by a token it fires on, or give its number.</p>`}
    <ol>
      ${steers.map((steer, i) => html`<${SteeredFeature} key=${steer.latent} steer=${steer} onChange=${(changes) => put(i, changes)} onRemove=${() => onChange(steers.filter((_, at) => at !== i))} />`)}
    </ol>
    <${AddFeature} dictionary=${dictionary} taken=${steers.map((s) => s.latent)} onAdd=${add} />
  </section>`;
}

function SteeredFeature({ steer, onChange, onRemove }) {
  const { data: feature, error } = useApi('/api/features/' + steer.latent);
  const { latent, mode, strength, unit } = steer;
  const turn = (to) => {
    if (!hasUnit(to)) onChange({ mode: to, unit: 'raw', strength: { scale: 2, orthogonal: 0, ablate: 0 }[to] });
    else onChange(hasUnit(mode) ? { mode: to } : { mode: to, unit: 'max', strength: to === 'cap' ? 1 : 2 });
  };
  const recount = (to) => {
    const raw = rawStrength(steer, feature);
    const scale = { max: feature?.max_activation, mean: feature?.mean_activation, raw: 1 }[to];
    onChange({ unit: to, strength: raw !== undefined && scale > 0 ? Number((raw / scale).toPrecision(4)) : strength });
  };
  const [low, high, step] = reach(steer, feature);
  const share = (value) => (100 * (value - low)) / (high - low);
  const track = { '--zero': share(0), '--from': share(Math.min(0, strength)), '--to': share(Math.max(0, strength)) };
  const label = `Strength of feature ${latent}`;
  return html`<li class="turned">
    <div class="turned-head">
      <a href=${'/feature/' + latent} class="row-id">${latent}</a>
      <span class="row-label">${feature ? (feature.top_tokens.length ? feature.top_tokens.slice(0, 4).map((t) => html`<${TokenChip} text=${t} />`) : html`<em>no label</em>`) : ''}</span>
      <select value=${mode} aria-label=${`What is done to feature ${latent}`} title=${MODES.find(([key]) => key === mode)[2]} onChange=${(e) => turn(e.target.value)}>
        ${MODES.map(([key, name, what]) => html`<option value=${key} title=${what} selected=${key === mode}>${name}</option>`)}
      </select>
      <button type="button" class="icon" onClick=${onRemove} aria-label=${`Leave feature ${latent} alone`} title="Remove">✕</button>
    </div>
    ${error && html`<p class="problem" role="alert">${error.message}</p>`}
    ${hasStrength(mode) && html`<div class="turned-strength">
      <input type="range" class=${strength < 0 ? 'down' : ''} style=${track} min=${low} max=${high} step=${step} value=${strength} aria-label=${label} onInput=${(e) => onChange({ strength: Number(e.target.value) })} />
      <input type="number" step="any" value=${strength} aria-label=${label + ', as a number'} onChange=${(e) => Number.isFinite(e.target.valueAsNumber) && onChange({ strength: e.target.valueAsNumber })} />
      ${hasUnit(mode)
        ? html`<select value=${unit} aria-label=${`Unit of feature ${latent}’s strength`} onChange=${(e) => recount(e.target.value)}>
            ${UNITS.map(([key, name]) => html`<option value=${key} selected=${key === unit}>${name}</option>`)}
          </select>`
        : html`<span class="turned-factor">factor</span>`}
    </div>`}
    <div class="turned-foot">
      ${hasUnit(mode) && html`<span class="presets" role="group" aria-label=${`Presets of feature ${latent}`}>
        ${PRESETS.map((p) => html`<button type="button" aria-pressed=${unit === 'max' && strength === p} onClick=${() => onChange({ strength: p, unit: 'max' })}>${p < 0 ? '−' + -p : p}×</button>`)}
      </span>`}
      <${Amounts} steer=${steer} feature=${feature} />
    </div>
  </li>`;
}

function reach({ mode, unit, strength }, feature) {
  const max = feature?.max_activation > 0 ? feature.max_activation : 20;
  const [low, high, step] = !hasUnit(mode) ? REACH.factor : unit === 'raw' ? [-10 * max, 10 * max, max / 20] : REACH[unit];
  return [Math.min(low, strength), Math.max(high, strength), step];
}

/** The strength in every unit. */
function Amounts({ steer, feature }) {
  if (!hasUnit(steer.mode)) return html`<span class="amounts">${MODES.find(([key]) => key === steer.mode)[2]}</span>`;
  const raw = rawStrength(steer, feature);
  if (raw === undefined) return html`<span class="amounts">${feature ? 'never active on the indexed text: give it raw' : ' '}</span>`;
  const times = (scale, name) => (scale > 0 ? html`<span><b>${number(raw / scale)}</b>× ${name}</span>` : '');
  return html`<span class="amounts"><span><b>${number(raw)}</b> raw</span>${times(feature?.max_activation, 'maximum')}${times(feature?.mean_activation, 'mean')}</span>`;
}

function AddFeature({ dictionary, taken, onAdd }) {
  const [text, setText] = useState('');
  const [search, setSearch] = useState('');
  const field = useRef(null);
  useEffect(() => {
    const timer = setTimeout(() => setSearch(text.trim()), 200);
    return () => clearTimeout(timer);
  }, [text]);
  const latent = /^#?(\d{1,9})$/.exec(search);
  const byNumber = latent && Number(latent[1]) < dictionary.latents ? Number(latent[1]) : undefined;
  const { data, loading } = useApi(search ? '/api/features?' + new URLSearchParams({ q: search, limit: '8', sort: 'max_activation' }) : undefined);
  const add = (which) => {
    onAdd(which);
    setText('');
    setSearch('');
    field.current?.focus();
  };
  const found = search && data ? data.features.filter((f) => !taken.includes(f.latent) && f.latent !== byNumber) : [];
  const submit = (event) => {
    event.preventDefault();
    const typed = /^#?(\d{1,9})$/.exec(text.trim());
    if (typed && Number(typed[1]) < dictionary.latents) add(Number(typed[1]));
    else if (found.length && search === text.trim()) add(found[0].latent);
  };
  return html`<form class="steer-add" role="search" onSubmit=${submit}>
    <label class="visually-hidden" for="steer-add">Add a feature, by a token or its number</label>
    <input id="steer-add" ref=${field} type="search" autocomplete="off" spellcheck=${false} maxlength="200" placeholder="Add a feature: a token, or its number" value=${text} onInput=${(e) => setText(e.target.value)} />
    ${search && html`<ul class=${'steer-found' + (loading ? ' stale' : '')} aria-label="Features found">
      ${byNumber !== undefined && !taken.includes(byNumber) && html`<li key="number"><button type="button" onClick=${() => add(byNumber)}><span class="row-id">${byNumber}</span><span class="row-label">this latent</span></button></li>`}
      ${found.map(
        (f) => html`<li key=${f.latent}><button type="button" onClick=${() => add(f.latent)}>
          <span class="row-id">${f.latent}</span>
          <span class="row-label">${f.top_tokens.slice(0, 4).map((t) => html`<${TokenChip} text=${t} />`)}</span>
          <span class="found-max">max ${number(f.max_activation)}</span>
        </button></li>`,
      )}
      ${data && !found.length && byNumber === undefined && html`<li class="nothing">No feature fires on that.</li>`}
    </ul>`}
  </form>`;
}
