/** The prompt page: a text's tokens as a grid, and the strongest features of one token or of the whole. */
import { html, useEffect, useMemo, useRef, useState } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { Problem, RampLegend, useKeys, useTitle } from '../components.js';
import { count, of } from '../format.js';
import { go, lastList, withQuery } from '../router.js';
import { rampClass } from '../ramp.js';
import { TokenChip, plain } from '../tokens.js';
import { ORDERS, TokenFeatures, WholePrompt, withEffects } from './prompt-features.js';

const SAMPLES = [
  'The Golden Gate Bridge in San Francisco was painted in international orange.',
  'public static int indexOf(String text, char wanted) { return text.indexOf(wanted); }',
  'She was born in 1815 and is remembered as the first programmer.',
];

const EFFECT = 'Loss effect: how much the loss of the next token rises, in nats, where the feature is left out at this token alone and all else is as it was; below 0 the feature hurts here.';

export function PromptPage({ query, dictionary }) {
  const text = query.get('text') ?? '';
  useTitle(text ? `Prompt “${plain(text.slice(0, 40))}”` : 'Prompt');
  const field = useRef(null);
  const body = useMemo(() => ({ text }), [text]);
  const { data, error, loading } = useApi(text && dictionary.prompt ? '/api/prompt' : undefined, body);
  const byLoss = query.get('order') === 'loss';
  const effects = useApi(byLoss && data && text ? '/api/prompt/effects' : undefined, body);
  const [draft, setDraft] = useState(text);
  useEffect(() => setDraft(text), [text]);
  const analyse = (value) => value && go('/prompt?' + new URLSearchParams({ text: value }), { keepScroll: true });
  const submit = (event) => {
    event.preventDefault();
    analyse(draft);
  };
  const keys = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
    if (event.key === 'Escape') field.current.blur();
  };
  useKeys({ '/': () => field.current?.focus(), u: () => go(lastList()) });
  return html`<main id="main" class="page prompt-page">
    <form class="prompt-form" onSubmit=${submit}>
      <h1><label for="prompt-text">What does the model think of…</label></h1>
      <textarea id="prompt-text" ref=${field} rows="3" dir="auto" maxlength="20000" spellcheck=${false} placeholder="Type any text" value=${draft} onInput=${(e) => setDraft(e.target.value)} onKeyDown=${keys}></textarea>
      <div class="prompt-actions">
        <button type="submit" class="primary" disabled=${!draft || !dictionary.prompt}>Show features</button>
        <span class="hint">Ctrl + Enter</span>
        ${!text && html`<span class="samples">or try ${SAMPLES.map((s) => html`<button type="button" class="plain" onClick=${() => analyse(s)}>${s.slice(0, 28)}…</button>`)}</span>`}
      </div>
    </form>
    ${!dictionary.prompt && html`<p class="problem">This studio was started without a model, so it cannot run a prompt.</p>`}
    ${error && html`<${Problem} error=${error} />`}
    ${loading && html`<p class="working" role="status">${data ? 'Running the text through the model…' : 'Running the text through the model. The first time it is loaded, which takes some seconds.'}</p>`}
    ${effects.error && html`<${Problem} error=${effects.error} />`}
    ${byLoss && effects.loading && html`<p class="working" role="status">Leaving out each feature at each token, and reading what comes next…</p>`}
    ${byLoss && effects.data && html`<p class="card-note">${EFFECT} Measured: ${count(effects.data.measured)} of ${of(effects.data.active, 'active feature')} over all tokens${effects.data.measured < effects.data.active ? ', the strongest of each token' : ''}; of the whole text, the sum.</p>`}
    ${data && text && html`<${Analysis} data=${withEffects(data, byLoss ? effects.data : undefined)} query=${query} stale=${loading} />`}
  </main>`;
}

function Analysis({ data, query, stale }) {
  const chosen = query.get('token') === null ? undefined : Number(query.get('token'));
  const token = data.tokens[chosen];
  const featureId = query.get('feature') === null ? undefined : Number(query.get('feature'));
  const order = Object.hasOwn(ORDERS, query.get('order') ?? '') ? query.get('order') : 'activation';
  const setOrder = (to) => go(withQuery({ order: to === 'activation' ? '' : to }), { replace: true, keepScroll: true });
  const [hovered, setHovered] = useState();
  const traced = data.features.find((f) => f.latent === (hovered ?? featureId));
  const choose = (i) => go(withQuery({ token: i === chosen ? '' : i }), { replace: true, keepScroll: true });
  const trace = (latent) => go(withQuery({ feature: latent === featureId ? '' : latent }), { replace: true, keepScroll: true });
  const move = (by) => {
    const next = Math.max(0, Math.min(data.tokens.length - 1, Number(new URLSearchParams(location.search).get('token') ?? -1) + by));
    go(withQuery({ token: next }), { replace: true, keepScroll: true });
  };
  useKeys({ ArrowRight: () => move(1), ArrowLeft: () => move(-1), l: () => move(1), h: () => move(-1), Escape: () => chosen !== undefined && choose(chosen) });
  return html`<div class=${'analysis' + (stale ? ' stale' : '')}>
    <section class="grid-panel" aria-label="Tokens">
      <div class="panel-head">
        <h2>${of(data.tokens.length, 'token')}</h2>
        <${RampLegend} to="maximum" note=${traced ? `feature ${traced.latent}, share of its maximum, linear` : 'strongest feature, share of its maximum, linear'} />
      </div>
      <ol class="token-grid">
        ${data.tokens.map((t, i) => html`<${TokenCell} key=${i} token=${t} i=${i} order=${order} chosen=${i === chosen} traced=${traced} onChoose=${choose} />`)}
      </ol>
      ${data.truncated && html`<p class="card-note">The text was cut after ${of(data.tokens.length, 'token')}.</p>`}
    </section>
    <section class="ranking" aria-label="Strongest features">
      ${token
        ? html`<${TokenFeatures} token=${token} index=${chosen} order=${order} onOrder=${setOrder} onBack=${() => choose(chosen)} onHover=${setHovered} />`
        : html`<${WholePrompt} data=${data} order=${order} onOrder=${setOrder} traced=${featureId} onHover=${setHovered} onTrace=${trace} />`}
    </section>
  </div>`;
}

function TokenCell({ token, i, order, chosen, traced, onChoose }) {
  const best = [...token.features].sort(ORDERS[order]);
  const first = token.features[0];
  const shade = traced ? rampClass(traced.activations[i], traced.max_activation) : first ? rampClass(first.activation, first.max_activation) : '';
  return html`<li>
    <button type="button" class="cell" aria-pressed=${chosen} onClick=${() => onChoose(i)} aria-label=${`Token ${i + 1}: ${plain(token.text)}`}>
      <span class=${'cell-token ' + shade}><${TokenChip} text=${token.text} /><small>${i + 1}</small></span>
      <span class="cell-features">
        ${best.slice(0, 3).map((f) => html`<span key=${f.latent}><i class=${'dot ' + rampClass(f.activation, f.max_activation)}></i>${f.top_tokens.length ? html`<${TokenChip} text=${f.top_tokens[0]} />` : ''}<small>${f.latent}</small></span>`)}
        ${!token.features.length && html`<span class="none">${token.excluded ? 'attention sink' : 'none active'}</span>`}
      </span>
    </button>
  </li>`;
}
