/** Search by meaning: features whose texts are, for a sentence encoder, about what the person's words are about. */
import { html, useEffect, useMemo, useRef, useState } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { Problem, RampLegend, useKeys, useRows } from '../components.js';
import { count, of } from '../format.js';
import { go } from '../router.js';
import { Concordance, TokenChip, plain } from '../tokens.js';

const SAMPLES = ['rivers, lakes and the sea', 'illness and disease', 'throwing an exception'];

const url = (text) => '/find?' + new URLSearchParams({ by: 'meaning', text });

export function FindByMeaning({ query, there }) {
  const text = query.get('text') ?? '';
  const body = useMemo(() => ({ text }), [text]);
  const { data, error, loading } = useApi(text && there ? '/api/meaning' : undefined, body);
  const [draft, setDraft] = useState(text);
  useEffect(() => setDraft(text), [text]);
  const field = useRef(null);
  const rows = useRows(data);
  useKeys({ ...rows.keys, '/': () => field.current?.select() });
  const submit = (event) => {
    event.preventDefault();
    if (draft.trim()) go(url(draft.trim()), { keepScroll: true });
  };
  return html`<form onSubmit=${submit} role="search">
      <h1><label for="meaning-text">Find features by what they mean</label></h1>
      <span class="search meaning-field">
        <input id="meaning-text" ref=${field} type="search" dir="auto" maxlength="1000" autocomplete="off" spellcheck=${false} placeholder="A topic or a sentence" value=${draft} onInput=${(e) => setDraft(e.target.value)} />
        <kbd>/</kbd>
      </span>
      <div class="prompt-actions">
        <button type="submit" class="primary" disabled=${!draft.trim() || !there}>Find</button>
        <span class="hint">Enter</span>
        ${!text && there && html`<span class="samples">or try ${SAMPLES.map((s) => html`<button type="button" class="plain" onClick=${() => go(url(s), { keepScroll: true })}>${s}</button>`)}</span>`}
      </div>
    </form>
    ${!there && html`<${Missing} />`}
    ${error && html`<${Problem} error=${error} />`}
    ${loading && html`<p class="working" role="status">Looking for the meaning. The first time, the encoder is loaded, which takes a second or two.</p>`}
    ${data && text && html`<${Found} data=${data} rows=${rows} stale=${loading} />`}`;
}

const Missing = () => html`<p class="nothing">The features of this dictionary have no meanings yet. This makes them, with a sentence encoder on this machine, some minutes for some thousand features:
  <code>sememe index RUN --meaning</code> It may be stopped and goes on where it was; then load this page again.</p>`;

function Found({ data, rows, stale }) {
  const { matches } = data;
  return html`<section class=${stale ? 'stale' : ''} aria-label="Features found">
    <div class="list-head">
      <p class="found" role="status"><b>${of(matches.length, 'feature')}</b>nearest first, of ${count(data.latents)} with a meaning</p>
      <${RampLegend} to="feature’s maximum" note="activation, linear" />
    </div>
    <p class="card-note">
      Cosine of two sentence vectors: of your words, and of what there is to read of the feature, its label and note, or else its strongest texts and tokens. A feature that has nothing to do with them has about ${data.mean.toFixed(2)} (mean of ${of(data.latents, 'feature')}).
    </p>
    <div class="rows" ref=${rows.box}>
      <div class="row-head meant" aria-hidden="true"><span>Latent</span><span>Cosine</span><span>Label, or tokens</span><span>Fires on</span><span class="kwic-head">Strongest example</span></div>
      ${matches.map((match, i) => html`<${Row} key=${match.feature.latent} match=${match} tokens=${data.tokens} onFocus=${() => rows.focused(i)} />`)}
      ${matches.length === 0 && html`<p class="nothing">No feature has a meaning yet.</p>`}
    </div>
    ${matches.length > 0 && html`<p class="below"><a href=${'/?' + new URLSearchParams({ latents: matches.map((m) => m.feature.latent).join(','), status: 'all' })}>Show them in the list</a></p>`}
  </section>`;
}

function Row({ match, tokens, onFocus }) {
  const { feature, label, cosine } = match;
  return html`<a class="row meant" href=${'/feature/' + feature.latent} onFocus=${onFocus}>
    <span class="row-id">${feature.latent}</span>
    <span class="cosine"><b>${cosine.toFixed(2)}</b><span class="density-track" aria-hidden="true"><i style=${{ width: `${100 * Math.max(0, cosine)}%` }}></i></span></span>
    <span class="row-label">${label && html`<bdi class="given-label" title="Your label">${plain(label)}</bdi>`}${feature.top_tokens.length ? feature.top_tokens.slice(0, label ? 1 : 3).map((t) => html`<${TokenChip} text=${t} />`) : html`<em>dead</em>`}</span>
    <span class="sample"><b>${count(feature.active_tokens)}</b> of ${of(tokens, 'token')}</span>
    ${feature.example ? html`<${Concordance} example=${feature.example} max=${feature.max_activation} />` : html`<span class="kwic none">never active on the indexed tokens</span>`}
  </a>`;
}
