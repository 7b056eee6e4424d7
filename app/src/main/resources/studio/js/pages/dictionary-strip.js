/** What this dictionary is and how good it is; every number with its sample. */
import { html } from '../../vendor/preact-htm.js';
import { count, number, percent, short } from '../format.js';

const METRICS = {
  fve: ['Variance explained', percent, 'FVE, 1 − FVU'],
  ce_recovered: ['CE loss recovered', percent, '(CE zero − CE SAE) ÷ (CE zero − CE clean)'],
  l0: ['L0', number, 'active latents a token'],
  cosine: ['Cosine', number, 'between activation and reconstruction'],
  kl: ['KL', number, 'nats, model with reconstruction against without'],
};

export function DictionaryStrip({ dictionary: d }) {
  const metrics = (d.metrics ?? []).filter((m) => METRICS[m.name]);
  return html`<section class="strip" aria-label="This dictionary">
    <div class="strip-title">
      <h1>${count(d.latents)} features <span>of ${d.model}</span></h1>
      <p><span class="mono">${d.hook}</span>, width ${count(d.width)}${d.k ? html`, k = ${d.k}` : ''}</p>
    </div>
    <dl class="strip-numbers">
      <div><dt>Indexed</dt><dd>${short(d.tokens)}<small>tokens${d.contexts ? `, ${short(d.contexts)} contexts` : ''}</small></dd></div>
      <div><dt>Alive</dt><dd>${percent(d.alive / d.latents)}<small>${count(d.latents - d.alive)} dead of ${count(d.latents)}</small></dd></div>
      ${metrics.map((m) => {
        const [name, format, what] = METRICS[m.name];
        return html`<div title=${what}><dt>${name}</dt><dd>${format(m.value)}<small>n = ${short(m.sample)} ${m.unit}</small></dd></div>`;
      })}
    </dl>
  </section>`;
}
