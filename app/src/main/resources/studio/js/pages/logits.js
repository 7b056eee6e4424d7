/** The decoder direction's direct effect on the next token: a diverging blue–orange ramp, both sides on one scale. */
import { html } from '../../vendor/preact-htm.js';
import { signed } from '../format.js';
import { TokenChip } from '../tokens.js';

export function LogitEffects({ logits }) {
  const { raised, lowered } = logits;
  if (!raised.length && !lowered.length) return null;
  const scale = Math.max(1e-9, ...[...raised, ...lowered].map((t) => Math.abs(t.effect)));
  const list = (name, side, tokens) => html`<div class=${'logits ' + side}>
    <h3>${name}</h3>
    <ol>
      ${tokens.map(
        (t) => html`<li>
          <${TokenChip} text=${t.token} />
          <span class="effect-track" aria-hidden="true"><i style=${{ width: `${(100 * Math.abs(t.effect)) / scale}%` }}></i></span>
          <span class="effect">${signed(t.effect)}</span>
        </li>`,
      )}
    </ol>
  </div>`;
  return html`<section class="card">
    <h2>Effect on the next token</h2>
    <p class="card-note">Logit change for each unit of activation, direct path; bars of both sides share one scale.</p>
    <div class="logit-columns">${list('Raises', 'raised', raised)}${list('Lowers', 'lowered', lowered)}</div>
  </section>`;
}
