/** A text of one's own under the feature: where it fires, and what it does there. */
import { html, useEffect, useState } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { Problem } from '../components.js';
import { number, of } from '../format.js';
import { go, withQuery } from '../router.js';
import { FullContext } from '../tokens.js';

/** The answer to the page's `text`, if there is one. */
export const useOwnText = (latent, text) =>
  useApi(text ? `/api/features/${latent}/ablation` : undefined, text ? { text } : undefined);

export function OwnText({ feature, text, answer, binOf, underline }) {
  const [draft, setDraft] = useState(text);
  useEffect(() => setDraft(text), [text]);
  const run = (event) => {
    event?.preventDefault();
    if (draft.trim()) go(withQuery({ text: draft }), { replace: true, keepScroll: true });
  };
  const { data, error, loading } = answer;
  const activations = data?.tokens.map((t) => t.activation) ?? [];
  const most = Math.max(0, ...activations);
  const example = data && { tokens: data.tokens.map((t) => t.text), activations, peak: most > 0 ? activations.indexOf(most) : -1 };
  return html`<section class="own-text" aria-label="Your own text">
    <h2>Your own text</h2>
    <form onSubmit=${run}>
      <textarea rows="2" maxlength="20000" aria-label="Text to run through the model" placeholder="Type or paste a text" value=${draft}
        onInput=${(e) => setDraft(e.target.value)}
        onKeyDown=${(e) => e.key === 'Enter' && (e.ctrlKey || e.metaKey) && run(e)}></textarea>
      <button type="submit" class="primary" disabled=${!draft.trim()}>Try</button>
    </form>
    ${error && html`<${Problem} error=${error} />`}
    ${loading && text && html`<p class="working" role="status">Running the text through the model. The first time it is loaded, which takes some seconds.</p>`}
    ${example &&
    text &&
    html`<div class=${loading ? 'stale' : ''} data-text="1">
      <p class="card-note">${most > 0 ? `Active on ${data.active} of ${of(data.tokens.length, 'token')}, at most ${number(most)}.` : `Not active on any of its ${of(data.tokens.length, 'token')}.`}${data.truncated ? ' The text was cut there.' : ''}</p>
      <${FullContext} example=${example} max=${Math.max(feature.max_activation, most)} binOf=${binOf} effects=${underline && data.tokens.map((t) => t.effect)} />
    </div>`}
  </section>`;
}
