/** What the keys do and what the numbers mean. */
import { html } from '../vendor/preact-htm.js';
import { count } from './format.js';

const KEYS = [
  ['j  k', 'next, previous row; on a feature: next, previous feature'],
  ['↓  ↑', 'the same in the list'],
  ['←  →', 'previous, next page of the list, or feature'],
  ['Enter', 'open the row'],
  ['/', 'search (a token, or a latent’s number)'],
  ['c', 'on a feature: snippets or full contexts'],
  ['g', 'on a feature: grade how well its label fits'],
  ['0 to 3', 'while grading: grade the example in focus'],
  ['p', 'the prompt page'],
  ['s', 'the steering page; on a feature: steer with it'],
  ['u', 'back up to the list'],
  ['l', 'on the training page: log or linear'],
  ['0 … 9', 'on the drawing page: that class; n: other noise; w: walk'],
  ['t', 'light or dark'],
  ['?', 'this help'],
];

export function HelpDialog({ dialog, dictionary }) {
  const close = () => dialog.current?.close();
  return html`<dialog ref=${dialog} class="help" aria-labelledby="help-title" onClick=${(e) => e.target === dialog.current && close()}>
    <div class="help-body">
      <button class="icon" type="button" onClick=${close} aria-label="Close help">✕</button>
      <h2 id="help-title">Reading the studio</h2>
      <dl class="keys">${KEYS.map(([key, what]) => html`<dt><kbd>${key}</kbd></dt><dd>${what}</dd>`)}</dl>
      <h3>Words</h3>
      <dl class="words">
        <dt>Latent, feature</dt>
        <dd>A latent is one index of the dictionary; a feature is what it means. Labels here are automatic: the tokens it fires on most beyond their base rate.</dd>
        <dt>Density</dt>
        <dd>The share of tokens on which the latent is active${dictionary ? `, over ${count(dictionary.tokens)} indexed tokens` : ''}. Bars are on a log scale from 0.0001 % to 100 %.</dd>
        <dt>Activation colour</dt>
        <dd>One ramp, linear from 0 to the feature’s own maximum. Dead means: never active on the indexed tokens.</dd>
        <dt>Effect on logits</dt>
        <dd>The decoder direction seen through the final norm’s gain and the unembedding: which next tokens it raises (orange) and lowers (blue) by the direct path.</dd>
        <dt>Causal underline</dt>
        <dd>How the next token’s loss changes when the feature is set to 0 at this token alone: solid where it rises, so the feature helps, dashed where it falls.</dd>
        <dt>Steering</dt>
        <dd>A feature’s activation is changed while the model runs; what the dictionary does not explain stays as it is. Strengths are activations (raw), or multiples of the feature’s maximum or mean on the indexed text. The first position, special tokens and attention sinks are left alone.</dd>
        <dt>KL</dt>
        <dd>How far the steering moves the next-token distribution, in nats a token, where both read the default reply.</dd>
        <dt>Lift</dt>
        <dd>How many times more often a token occurs where the latent is active than it does in the text.</dd>
      </dl>
    </div>
  </dialog>`;
}
