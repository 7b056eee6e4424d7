/** Two replies side by side while they are written; then what changed, with every sample. */
import { html } from '../../vendor/preact-htm.js';
import { count, number, of, percent } from '../format.js';
import { prose } from '../tokens.js';

const ENDS = { stop_id: 'ended by itself', length: 'cut at its length', context: 'cut at the context’s end', listener: 'stopped' };

export function Replies({ replies, words }) {
  if (!replies)
    return html`<section class="replies empty" aria-label="Replies">
      <${Column} name="Default" /><${Column} name="Steered" note=${words.join('  ')} />
    </section>`;
  const { columns, outcome, running, started } = replies;
  return html`
    <p class=${running ? 'working' : 'reply-state'} role="status">
      ${running
        ? started
          ? `Writing both replies, ${count(columns.steered.length)} tokens so far…`
          : 'Waiting for the model. The first time it is loaded, which takes some seconds.'
        : replies.stopped
          ? 'Stopped.'
          : ''}
    </p>
    ${outcome && html`<${Outcome} outcome=${outcome} />`}
    <section class="replies" aria-label="Replies" aria-busy=${running}>
      <${Column} name="Default" pieces=${columns.default} prompt=${!replies.chat && replies.prompt} changed=${outcome?.difference.before} end=${outcome?.by_default} />
      <${Column} name="Steered" pieces=${columns.steered} prompt=${!replies.chat && replies.prompt} changed=${outcome?.difference.after} end=${outcome?.steered} note=${words.join('  ')} />
    </section>`;
}

function Column({ name, pieces, prompt, changed, end, note }) {
  const marks = new Set(changed);
  return html`<article class=${'reply ' + name.toLowerCase()}>
    <header><h2>${name}</h2>${note && html`<span class="mono">${note}</span>`}${end && html`<small>${of(end.tokens, 'token')}, ${ENDS[end.end]}</small>`}</header>
    <div class="reply-text" dir="auto">
      ${pieces ? html`${prompt && html`<span class="reply-prompt">${prose(prompt)}</span>`}${pieces.map((text, i) => html`<${Piece} key=${i} text=${text} changed=${marks.has(i)} />`)}` : html`<span class="nothing">${name === 'Default' ? 'What the model says by itself.' : 'What it says with the features turned.'}</span>`}
    </div>
  </article>`;
}

/** A token's text; a mark leaves the space before it out, or it would look like part of the word before. */
function Piece({ text, changed }) {
  const lead = changed ? /^\s*/.exec(text)[0] : '';
  return html`<span>${lead && prose(lead)}${changed ? html`<span class="changed">${prose(text.slice(lead.length))}</span>` : prose(text)}</span>`;
}

function Outcome({ outcome }) {
  const { shift, difference, steered } = outcome;
  const changed = difference.after.length;
  return html`<dl class="facts steer-facts" aria-label="What changed">
    <div title="Mean KL(default ‖ steered) of the next-token distributions, both reading the default reply"><dt>KL</dt><dd>${number(shift.kl)}<small>nats a token, n = ${of(shift.tokens, 'token')}</small></dd></div>
    <div title="Where both read the default reply"><dt>Another likeliest token</dt><dd>${percent(shift.likeliest_changed / shift.tokens)}<small>${count(shift.likeliest_changed)} of ${of(shift.tokens, 'token')}</small></dd></div>
    <div title="Tokens of the steered reply that are not in the longest sequence both share"><dt>Changed tokens</dt><dd>${percent(changed / Math.max(1, steered.tokens))}<small>${count(changed)} of ${of(steered.tokens, 'steered token')}</small></dd></div>
    <div class="steer-legend"><dt>Marked</dt><dd><span class="changed-default">only in the default</span> <span class="changed-steered">only in the steered</span></dd></div>
  </dl>`;
}
