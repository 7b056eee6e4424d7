/** Search by example: features that fire in these texts and not in those. */
import { html, useEffect, useMemo, useState } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { DensityBar, Problem } from '../components.js';
import { number, of, percent } from '../format.js';
import { go } from '../router.js';
import { TokenChip } from '../tokens.js';

const SAMPLE = {
  t: ['The ship sailed across the sea.', 'A lake, a river and the open ocean.', 'We swam in the cold water of the bay.'],
  o: ['The train crossed the desert.', 'A mountain, a forest and a field.', 'We walked on the warm sand of the road.'],
};

const lines = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean);
const url = (texts, others) => '/find?' + new URLSearchParams([...texts.map((t) => ['t', t]), ...others.map((o) => ['o', o])]);

export function FindByExample({ query, dictionary }) {
  const texts = query.getAll('t');
  const others = query.getAll('o');
  const key = JSON.stringify([texts, others]);
  const body = useMemo(() => ({ texts, others }), [key]);
  const { data, error, loading } = useApi(texts.length && dictionary.prompt ? '/api/find' : undefined, body);
  const [draft, setDraft] = useState(['', '']);
  useEffect(() => setDraft([texts.join('\n'), others.join('\n')]), [key]);
  const ready = lines(draft[0]).length > 0;
  const submit = (event) => {
    event?.preventDefault();
    if (ready) go(url(lines(draft[0]), lines(draft[1])), { keepScroll: true });
  };
  const keys = (event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && submit(event);
  const field = (i, id, label, hint) => html`<div class="find-field">
    <label for=${id}>${label}</label>
    <textarea id=${id} rows="5" dir="auto" maxlength="20000" spellcheck=${false} placeholder=${hint} value=${draft[i]} onKeyDown=${keys}
      onInput=${(e) => setDraft(i === 0 ? [e.target.value, draft[1]] : [draft[0], e.target.value])}></textarea>
  </div>`;
  return html`<form onSubmit=${submit}>
    <h1>Find features by example</h1>
    <div class="find-fields">
      ${field(0, 'find-texts', 'Fires in each of these', 'One text a line')}
      ${field(1, 'find-others', 'and in none of these', 'One text a line; may be left empty')}
    </div>
    <div class="prompt-actions">
      <button type="submit" class="primary" disabled=${!ready || !dictionary.prompt}>Find</button>
      <span class="hint">Ctrl + Enter</span>
      ${!texts.length && html`<button type="button" class="plain" onClick=${() => go(url(SAMPLE.t, SAMPLE.o))}>or try water against land</button>`}
    </div>
  </form>
  ${!dictionary.prompt && html`<p class="problem">This studio was started without a model, so it cannot run texts.</p>`}
  ${error && html`<${Problem} error=${error} />`}
  ${loading && html`<p class="working" role="status">Running ${of(texts.length + others.length, 'text')} through the model…</p>`}
  ${data && texts.length > 0 && html`<${Matches} data=${data} stale=${loading} />`}
`;
}

function Matches({ data, stale }) {
  const { matches } = data;
  return html`<section class=${stale ? 'stale' : ''} aria-label="Matches">
    <p class="found" role="status"><b>${of(matches.length, 'feature')}</b>${matches.length ? 'best first' : ''}</p>
    <p class="card-note">Score: the share of the ${of(data.texts, 'text')} in which it fires, less the share of the ${of(data.others, 'other text')} in which it does, or less what its density alone would give, if that is more.</p>
    ${!matches.length && html`<p class="nothing">No feature fires in these texts more than in the others, and more than by chance.</p>`}
    ${matches.length > 0 && html`<div class="table-scroll" tabindex="0" role="region" aria-label="Table of matches"><table class="matches">
      <thead><tr>
        <th scope="col">Latent</th><th scope="col">Fires on</th><th scope="col">Score</th><th scope="col">In these</th><th scope="col">By chance</th><th scope="col">In the others</th>
        <th scope="col" title="Mean over the texts of its largest activation">Share of maximum</th><th scope="col">Density, log</th>
      </tr></thead>
      <tbody>${matches.map((m) => html`<tr key=${m.latent}>
        <th scope="row"><a href=${'/feature/' + m.latent}>${m.latent}</a></th>
        <td><span class="row-label">${m.top_tokens.slice(0, 4).map((t) => html`<${TokenChip} text=${t} />`)}</span></td>
        <td><b>${number(m.score)}</b></td>
        <td>${m.fires_in} of ${data.texts}</td>
        <td>${number(m.by_chance)} of ${data.texts}</td>
        <td>${data.others ? `${m.fires_in_others} of ${data.others}` : '–'}</td>
        <td>${percent(m.share)}</td>
        <td><${DensityBar} density=${m.density} /></td>
      </tr>`)}</tbody>
    </table></div>
    <p><a href=${'/?' + new URLSearchParams({ latents: matches.map((m) => m.latent).join(','), status: 'all' })}>Show them in the list</a></p>`}
  </section>`;
}
