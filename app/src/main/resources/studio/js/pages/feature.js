/** One feature. Its centre is the activation axis; the examples below and the columns beside answer to it. */
import { html } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { Problem, useKeys, useTitle } from '../components.js';
import { count, number, of, percent } from '../format.js';
import { go, lastList, withQuery } from '../router.js';
import { stateUrl, readState } from '../steering.js';
import { TokenChip, plain } from '../tokens.js';
import { ActivationAxis } from './axis.js';
import { Examples } from './examples.js';
import { useGrades } from './grades.js';
import { FeatureIcon } from './feature-icon.js';
import { Notes, OwnLabel, useNote } from './notes.js';
import { LogitEffects } from './logits.js';
import { Elsewhere, Neighbours, Together, TokenStatistics } from './relations.js';
import { useLinked } from './linked.js';

/** The steering page with this feature at twice its maximum; one that never fired has none. */
function steerWith({ latent, dead }) {
  const steer = { latent, mode: dead ? 'add' : 'clamp', strength: dead ? 20 : 2, unit: dead ? 'raw' : 'max' };
  return stateUrl({ ...readState(new URLSearchParams()), steers: [steer] });
}

export function FeaturePage({ latent, query, dictionary, comparison }) {
  const { data, error, loading } = useApi('/api/features/' + latent);
  const feature = data;
  useTitle(`Feature ${latent}${feature?.latent === latent ? ' ' + feature.top_tokens.slice(0, 3).map(plain).join(' ') : ''}`);
  const full = query.get('view') === 'full';
  // A text of one's own, the view and the underline go along to the next feature.
  const to = (other) => `/feature/${other}${location.search}`;
  const step = (by) => {
    const other = Number(location.pathname.split('/')[2]) + by; // not `latent`: a fast key comes before the next drawing
    if (other >= 0 && other < dictionary.latents) go(to(other));
  };
  const toggle = () => go(withQuery({ view: full ? '' : 'full' }), { replace: true, keepScroll: true });
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    c: toggle,
    u: () => go(lastList()),
    s: () => go(steerWith(feature ?? { latent })),
    '/': () => go('/'),
  });
  if (error)
    return html`<main id="main" class="page"><${Problem} error=${error} /><p><a href=${lastList()}>All features</a></p></main>`;
  return html`<main id="main" class=${'page feature-page' + (loading ? ' stale' : '') + (query.get('embed') === '1' ? ' embedded' : '')} aria-busy=${loading}>
    ${query.get('embed') !== '1' && html`<nav class="steps" aria-label="Neighbouring latents">
      <a href=${lastList()}>All features</a>
      <span class="steps-move">
        ${latent > 0 ? html`<a href=${to(latent - 1)} rel="prev" title="Previous (k)">‹ ${latent - 1}</a>` : html`<span>‹</span>`}
        ${latent + 1 < dictionary.latents ? html`<a href=${to(latent + 1)} rel="next" title="Next (j)">${latent + 1} ›</a>` : html`<span>›</span>`}
      </span>
    </nav>`}
    ${feature ? html`<${Feature} feature=${feature} full=${full} onToggle=${toggle} query=${query} model=${dictionary.prompt} comparison=${comparison} />` : html`<div class="ghost tall"></div>`}
  </main>`;
}

function Feature({ feature, full, onToggle, query, model, comparison }) {
  const link = useLinked(feature);
  const { note, save } = useNote(feature.latent);
  const grades = useGrades(feature.latent, note?.label);
  return html`<article ref=${link.root} key=${feature.latent}>
    <header class="feature-head">
      <h1><span class="feature-id">${feature.latent}</span>
        <${OwnLabel} note=${note} />
        <span class="feature-label">${feature.top_tokens.length ? feature.top_tokens.slice(0, 6).map((t) => html`<${TokenChip} text=${t} />`) : html`<em>no label</em>`}</span>
        ${query.get('embed') !== '1' && html`<a class="steer-with" href=${steerWith(feature)} title="Steer with this feature (s)">Steer with this feature</a>`}</h1>
      <dl class="facts">
        <${Fact} name="Density" value=${percent(feature.density)} sample=${`${count(feature.active_tokens)} of ${of(feature.tokens, 'token')}`} />
        <${Fact} name="Maximum" value=${number(feature.max_activation)} sample=${`over ${of(feature.tokens, 'token')}`} />
        <${Fact} name="Mean when active" value=${number(feature.mean_activation)} sample=${`over ${of(feature.active_tokens, 'token')}`} />
        ${feature.norm !== undefined && html`<${Fact} name="Encoder norm" value=${number(feature.norm)} sample="decoder norm 1" />`}
      </dl>
    </header>
    ${feature.dead
      ? html`<section class="dead" aria-label="Dead latent">
          <h2>This latent is dead</h2>
          <p>It was never active on any of the ${of(feature.tokens, 'indexed token')}, so it has no activation axis and no examples. Its directions still exist: what they would do to the next token, and which features they resemble, is below.</p>
        </section>`
      : html`<${ActivationAxis} feature=${feature} link=${link} grades=${grades.shown} />`}
    <div class=${'feature-columns' + (feature.dead ? ' no-examples' : '')}>
      ${!feature.dead && html`<${Examples} feature=${feature} full=${full} onToggle=${onToggle} query=${query} model=${model} grades=${grades} label=${note?.label} />`}
      <aside class="feature-side">
        <${Notes} note=${note} save=${save} embedded=${query.get('embed') === '1'} />
        <${LogitEffects} logits=${feature.logits} />
        ${model && !feature.dead && html`<${FeatureIcon} key=${feature.latent} feature=${feature} />`}
        <${TokenStatistics} feature=${feature} />
        <${Neighbours} neighbours=${feature.neighbours} />
        ${!feature.dead && html`<${Together} coactivation=${feature.coactivation} />`}
        ${comparison && html`<${Elsewhere} latent=${feature.latent} />`}
      </aside>
    </div>
  </article>`;
}

const Fact = ({ name, value, sample }) =>
  html`<div><dt>${name}</dt><dd>${value}<small>${sample}</small></dd></div>`;
