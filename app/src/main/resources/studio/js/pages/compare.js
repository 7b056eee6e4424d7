/** Comparing: two features in one frame, of one dictionary or of two; and two dictionaries by their nearest partners. */
import { html } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { DensityBar, Problem, RampLegend, useTitle } from '../components.js';
import { count, number, of, percent } from '../format.js';
import { go, withQuery } from '../router.js';
import { Concordance, TokenChip, plain } from '../tokens.js';
import { LogitEffects } from './logits.js';

const PAGE = 50;
const EXAMPLES = 8;
const METRICS = { fve: ['Variance explained', percent], ce_recovered: ['CE loss recovered', percent], l0: ['L0', number], cosine: ['Cosine', number], kl: ['KL, nats', number] };

const latentOf = (query, key) => (/^\d{1,9}$/.test(query.get(key) ?? '') ? Number(query.get(key)) : undefined);

export function ComparePage({ query, dictionary, comparison }) {
  const a = latentOf(query, 'a');
  const b = latentOf(query, 'b');
  const other = latentOf(query, 'other');
  if (a !== undefined && (b ?? other) !== undefined) return html`<${TwoFeatures} a=${a} b=${b ?? other} elsewhere=${b === undefined} />`;
  if (comparison) return html`<${TwoDictionaries} query=${query} />`;
  return html`<${Choose} a=${a} b=${b} dictionary=${dictionary} />`;
}

function Choose({ a, b, dictionary }) {
  useTitle('Compare');
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    go('/compare?' + new URLSearchParams({ a: form.get('a'), b: form.get('b') }));
  };
  const field = (name, label, value) => html`<label class="field"><span>${label}</span>
    <input type="number" name=${name} min="0" max=${dictionary.latents - 1} required value=${value ?? ''} /></label>`;
  return html`<main id="main" class="page compare-page">
    <h1>Compare two features</h1>
    <form class="choose" onSubmit=${submit}>${field('a', 'Latent', a)} ${field('b', 'with latent', b)} <button type="submit" class="primary">Compare</button></form>
    <p class="card-note">Two picked features of the <a href="/">list</a> can be compared too. To compare with another dictionary of the same activations, start <span class="mono">sememe studio RUN --compare OTHER</span>.</p>
  </main>`;
}

/** The cosine of two features, where the index or the comparison has it. */
function cosineOf(a, b) {
  return a.neighbours.find((n) => n.latent === b.latent)?.cosine ?? b.neighbours.find((n) => n.latent === a.latent)?.cosine;
}

function TwoFeatures({ a, b, elsewhere }) {
  useTitle(`${a} and ${b}`);
  const left = useApi('/api/features/' + a);
  const right = useApi((elsewhere ? '/api/comparison/features/' : '/api/features/') + b);
  const error = left.error ?? right.error;
  const [one, two] = [left.data, right.data];
  if (error) return html`<main id="main" class="page"><${Problem} error=${error} /></main>`;
  if (!one || !two) return html`<main id="main" class="page"><div class="ghost tall"></div></main>`;
  const tokens = (f) => new Set(f.token_statistics.map((t) => t.token));
  const [tokensOne, tokensTwo] = [tokens(one), tokens(two)];
  const both = [...tokensOne].filter((t) => tokensTwo.has(t));
  const cosine = elsewhere ? undefined : cosineOf(one, two);
  const end = Math.max(one.max_activation, two.max_activation);
  return html`<main id="main" class="page compare-page">
    <h1>Feature ${a} beside ${b}${elsewhere ? ' of the other dictionary' : ''}</h1>
    <dl class="strip-numbers facts">
      ${!elsewhere && html`<div><dt>Decoder cosine</dt><dd>${cosine === undefined ? 'not near' : number(cosine)}<small>${cosine === undefined ? 'neither is among the other’s nearest' : 'of the weights'}</small></dd></div>`}
      <div><dt>Tokens in common</dt><dd>${both.length}<small>of ${tokensOne.size} and ${tokensTwo.size} they fire on most</small></dd></div>
    </dl>
    ${both.length > 0 && html`<p class="row-label common">${both.slice(0, 16).map((t) => html`<${TokenChip} text=${t} />`)}</p>`}
    <div class="pair">
      <${Side} feature=${one} href=${'/feature/' + a} end=${end} both=${both} />
      <${Side} feature=${two} href=${elsewhere ? undefined : '/feature/' + b} end=${end} both=${both} />
    </div>
    <p><${RampLegend} to="feature’s maximum" note="activation, linear" /></p>
  </main>`;
}

function Side({ feature: f, href, end, both }) {
  const shared = new Set(both);
  return html`<section class="side" aria-label=${`Feature ${f.latent}`}>
    <h2>${href ? html`<a href=${href}>${f.latent}</a>` : f.latent} <span class="row-label">${f.top_tokens.length ? f.top_tokens.slice(0, 5).map((t) => html`<${TokenChip} text=${t} />`) : html`<em>dead</em>`}</span></h2>
    <dl class="facts">
      <div><dt>Density</dt><dd>${percent(f.density)}<small>${count(f.active_tokens)} of ${count(f.tokens)} tokens</small></dd></div>
      <div><dt>Maximum</dt><dd>${f.dead ? '–' : number(f.max_activation)}<small>over the same tokens</small></dd></div>
      <div><dt>Mean</dt><dd>${f.dead ? '–' : number(f.mean_activation)}<small>where active, n = ${count(f.active_tokens)}</small></dd></div>
    </dl>
    ${!f.dead && html`<${Histogram} feature=${f} end=${end} />`}
    <section class="card"><h3>Fires on</h3>
      ${f.token_statistics.length ? html`<ol class="fires">${f.token_statistics.slice(0, 10).map((t) => html`<li class=${shared.has(t.token) ? 'shared' : ''}><${TokenChip} text=${t.token} /><span>${percent(t.share)}</span>${shared.has(t.token) && html`<small>both</small>`}</li>`)}</ol>` : html`<p class="nothing">Never active on the indexed tokens.</p>`}
    </section>
    <${LogitEffects} logits=${f.logits} />
    ${f.examples.length > 0 && html`<section class="card"><h3>Strongest ${of(Math.min(EXAMPLES, f.examples.length), 'example')}</h3>
      <ol class="strongest">${f.examples.slice(0, EXAMPLES).map((e) => html`<li><${Concordance} example=${e} max=${f.max_activation} around=${10} /></li>`)}</ol></section>`}
  </section>`;
}

/** Both sides share one scale of activation, and so can be laid one over the other by eye. */
function Histogram({ feature: f, end }) {
  const { counts } = f.histogram;
  const most = Math.log1p(Math.max(...counts));
  const width = (f.max_activation / end) * 100;
  return html`<figure class="pair-histogram">
    <svg viewBox=${`0 0 100 30`} preserveAspectRatio="none" role="img" aria-label=${`Activations from 0 to ${number(f.max_activation)}, log counts; the axis ends at ${number(end)}`}>
      ${counts.map((n, i) => html`<rect x=${(i * width) / counts.length} width=${(0.86 * width) / counts.length} y=${30 - (30 * Math.log1p(n)) / most} height=${(30 * Math.log1p(n)) / most} />`)}
    </svg>
    <figcaption><span>0</span><span>activation, one scale for both; counts are log</span><span>${number(end)}</span></figcaption>
  </figure>`;
}

function TwoDictionaries({ query }) {
  useTitle('Two dictionaries');
  const order = query.get('order') === 'asc' ? 'asc' : 'desc';
  const page = Math.max(1, Number(query.get('page')) || 1);
  const { data, error } = useApi('/api/comparison');
  const pairs = useApi(data ? `/api/comparison/pairs?order=${order}&offset=${(page - 1) * PAGE}&limit=${PAGE}` : undefined);
  if (error) return html`<main id="main" class="page"><${Problem} error=${error} /></main>`;
  if (!data) return html`<main id="main" class="page"><p class="working" role="status">Comparing the decoders of both dictionaries…</p></main>`;
  const pages = pairs.data ? Math.max(1, Math.ceil(pairs.data.total / PAGE)) : 1;
  return html`<main id="main" class="page compare-page">
    <h1>This dictionary beside <bdi>${plain(data.name)}</bdi></h1>
    <${Benchmarks} data=${data} />
    <${Cosines} data=${data} />
    <div class="list-head">
      <h2>Nearest pairs</h2>
      <button type="button" class="plain" onClick=${() => go(withQuery({ order: order === 'desc' ? 'asc' : '', page: '' }), { replace: true, keepScroll: true })}>${order === 'desc' ? '↓ nearest first' : '↑ most alone first'}</button>
    </div>
    ${pairs.error && html`<${Problem} error=${pairs.error} />`}
    ${pairs.data && html`<div class=${'table-scroll' + (pairs.loading ? ' stale' : '')} tabindex="0" role="region" aria-label="Pairs">
      <table class="pairs">
        <thead><tr><th scope="col">Here</th><th scope="col">Fires on</th><th scope="col">Density, log</th><th scope="col">Cosine</th><th scope="col">There</th><th scope="col">Fires on</th><th scope="col">Density, log</th><th scope="col"><span class="visually-hidden">Compare</span></th></tr></thead>
        <tbody>${pairs.data.pairs.map(({ here, there, cosine }) => html`<tr key=${here.latent}>
          <th scope="row"><a href=${'/feature/' + here.latent}>${here.latent}</a></th><td><${Chips} row=${here} /></td><td><${DensityBar} density=${here.density} /></td>
          <td><b>${number(cosine)}</b></td>
          <td>${there.latent}</td><td><${Chips} row=${there} /></td><td><${DensityBar} density=${there.density} /></td>
          <td><a href=${`/compare?a=${here.latent}&other=${there.latent}`}>Side by side</a></td>
        </tr>`)}</tbody>
      </table></div>`}
    ${pages > 1 && html`<nav class="pager" aria-label="Pages of pairs">
      ${page > 1 ? html`<a href=${withQuery({ page: page === 2 ? '' : page - 1 })}>‹ Previous</a>` : html`<span aria-hidden="true">‹ Previous</span>`}
      <b>${count(page)} <span>of ${count(pages)}</span></b>
      ${page < pages ? html`<a href=${withQuery({ page: page + 1 })}>Next ›</a>` : html`<span aria-hidden="true">Next ›</span>`}
    </nav>`}
  </main>`;
}

const Chips = ({ row }) => html`<span class="row-label">${row.top_tokens.length ? row.top_tokens.slice(0, 3).map((t) => html`<${TokenChip} text=${t} />`) : html`<em>dead</em>`}</span>`;

function Benchmarks({ data }) {
  const sides = [data.here, data.there];
  const metric = (side, name) => side.dictionary.metrics.find((m) => m.name === name);
  const names = Object.keys(METRICS).filter((name) => sides.some((side) => metric(side, name)));
  const cell = (m, format) => (m ? html`${format(m.value)}<small>${m.low !== undefined ? `${format(m.low)} to ${format(m.high)}, ` : ''}n = ${count(m.sample)} ${m.unit}</small>` : '–');
  const line = (name, value) => html`<tr><th scope="row">${name}</th>${sides.map((side) => html`<td>${value(side)}</td>`)}</tr>`;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Benchmarks"><table class="benchmarks">
    <thead><tr><th scope="col">Benchmark</th><th scope="col">This one</th><th scope="col"><bdi>${plain(data.name)}</bdi></th></tr></thead>
    <tbody>
      ${line('Latents', ({ dictionary: d }) => html`${count(d.latents)}<small>${d.k ? `k = ${d.k}` : 'no fixed k'}</small>`)}
      ${line('Alive', ({ dictionary: d }) => html`${percent(d.alive / d.latents)}<small>${count(d.alive)} of ${count(d.latents)}, n = ${count(d.tokens)} tokens</small>`)}
      ${names.map((name) => line(METRICS[name][0], (side) => cell(metric(side, name), METRICS[name][1])))}
      ${line(`With a partner above ${data.partner}`, (side) => html`${percent(side.share)}<small>of ${count(side.dictionary.latents)}; random directions ${percent(data.chance)}, n = ${count(data.chance_sample)}</small>`)}
    </tbody>
  </table></div>`;
}

/** How near the nearest are, against the nearest of random directions; shares, since the samples differ. */
function Cosines({ data }) {
  const share = (counts) => {
    const all = counts.reduce((a, b) => a + b, 0) || 1;
    return counts.map((n) => n / all);
  };
  const [ours, chance] = [share(data.cosines), share(data.chance_cosines)];
  const most = Math.max(...ours, ...chance);
  const bar = (name) => (s, i) => html`<rect class=${name} x=${i * 5 + 0.25} width="4.5" y=${40 - (40 * s) / most} height=${(40 * s) / most} />`;
  return html`<figure class="pair-histogram cosines">
    <svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label="Latents by cosine with their nearest in the other dictionary, and with the nearest of random directions">
      ${chance.map(bar('chance'))}${ours.map(bar('ours'))}
      <line x1=${100 * data.partner} x2=${100 * data.partner} y1="0" y2="40" />
    </svg>
    <figcaption><span>0</span><span>cosine with the nearest there: <b>this dictionary</b>, filled; <b>random directions</b>, outlined; the line is ${data.partner}</span><span>1</span></figcaption>
  </figure>`;
}
