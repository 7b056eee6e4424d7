/** A sweep: many dictionaries of one stream of rows, compared. The chosen run is in the URL. */
import { html, useRef, useState } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { Problem, useKeys, useTitle } from '../components.js';
import { count, number, of, percent } from '../format.js';
import { go, withQuery } from '../router.js';
import { ParetoPlot, colour, shape } from './pareto.js';

const MEASURES = [
  ['fvu', 'Fraction of variance unexplained', 'lower'],
  ['ce_recovered', 'Cross-entropy recovered', 'higher'],
];
/** Places are the same in every row, so that a column can be compared by eye. */
const exact = (x) => (Number.isFinite(x) ? x.toFixed(4) : '–');
const between = ([low, high]) => `${exact(low)} to ${exact(high)}`;
const runUrl = (name) => '/sweep?run=' + encodeURIComponent(name);

export function SweepPage({ query }) {
  const { data: sweep, error } = useApi('/api/sweep');
  const chosen = query.get('run');
  useTitle(chosen ?? 'Sweep');
  if (error) return html`<main id="main" class="page"><${Problem} error=${error} /></main>`;
  if (!sweep) return html`<main id="main" class="page"><div class="ghost tall"></div></main>`;
  return html`<${Compared} sweep=${sweep} chosen=${chosen} />`;
}

function Compared({ sweep, chosen }) {
  const [pointed, setPointed] = useState(null);
  const table = useRef(null);
  const { members, recipes, provenance } = sweep;
  const series = [...new Set(members.map((m) => m.series))];
  const measured = members.filter((m) => m.scores);
  const measures = MEASURES.filter(([key]) => measured.some((m) => Number.isFinite(m.scores[key])));
  const choose = (name) => go(withQuery({ run: name === chosen ? '' : name }), { keepScroll: true });
  const link = { run: pointed ?? chosen, point: setPointed, choose };
  const step = (by) => {
    const links = [...table.current.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
  };
  useKeys({ j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1) });
  return html`<main id="main" class="page">
    <section class="strip" aria-label="This sweep">
      <div class="strip-title">
        <h1>${of(members.length, 'dictionary', 'dictionaries')} <span>of ${provenance.model}</span></h1>
        <p><span class="mono">${provenance.hook}</span>, trained together on the same rows</p>
      </div>
      <dl class="strip-numbers wraps">
        <div><dt>Recipes</dt><dd>${count(new Set(members.map((m) => m.recipe)).size)}<small>${of(series.length, 'curve')}</small></dd></div>
        ${measured[0] && html`<div><dt>Measured on</dt><dd>${count(measured[0].scores.rows)}<small>held-out rows, ${of(measured[0].scores.documents, 'document')}</small></dd></div>`}
        ${measured[0]?.scores.splice_tokens > 0 && html`<div><dt>Predictions</dt><dd>${count(measured[0].scores.splice_tokens)}<small>tokens, ${of(measured[0].scores.splice_contexts, 'context')}</small></dd></div>`}
      </dl>
    </section>
    ${!measured.length && html`<p class="nothing">Nothing is measured yet: go on with <code>sememe sweep --resume</code>.</p>`}
    <ul class="sweep-legend" aria-label="Curves">${series.map((name, i) => html`<li><${Key} series=${i} line /><span>${name}</span></li>`)}</ul>
    <div class="sweep-plots">${measures.map(([key, title, better]) => html`<${ParetoPlot} key=${key} title=${title} better=${better} measure=${key} members=${members} recipes=${recipes} series=${series} link=${link} />`)}</div>
    <${Readout} member=${members.find((m) => m.name === link.run)} />
    <${RunPanel} member=${members.find((m) => m.name === chosen)} name=${chosen} />
    <div class="table-scroll" tabindex="0" role="region" aria-label="All runs">
      <table class="runs" ref=${table}>
        <caption>Means over seeds, and each run with its 95 % interval. “Front”: no other recipe has both a lower L0 and a lower FVU.</caption>
        <thead><tr><th scope="col">Recipe, run</th><th scope="col">L0</th><th scope="col">FVU</th><th scope="col">CE recovered</th><th scope="col">Dead</th><th scope="col">Sample</th></tr></thead>
        ${[...new Set(members.map((m) => m.recipe))].map((recipe) => html`<${Recipe} key=${recipe} recipe=${recipe} mean=${recipes.find((r) => r.recipe === recipe)} members=${members.filter((m) => m.recipe === recipe)} series=${series} link=${link} />`)}
      </table>
    </div>
  </main>`;
}

function Key({ series, line }) {
  return html`<svg class=${colour(series)} viewBox=${line ? '0 0 32 16' : '0 0 16 16'} aria-hidden="true">
    ${line && html`<path class="mean-line" d="M0 8H32" />`}<path class="mark" d=${`M${line ? 16 : 8} 8${shape(series)}`} />
  </svg>`;
}

function Readout({ member }) {
  const s = member?.scores;
  return html`<p class="sweep-readout" role="status">${member && s
    ? html`<b>${member.recipe}, seed ${member.seed}</b>: L0 ${number(s.l0)}, FVU ${exact(s.fvu)} (${between(s.fvu_interval)})${
        Number.isFinite(s.ce_recovered) ? html`, CE recovered ${percent(s.ce_recovered)}` : ''
      }, dead ${percent(s.dead_share)}; n = ${of(s.rows, 'row')}`
    : 'Point at a mark, or go through the table with j and k.'}</p>`;
}

function RunPanel({ member, name }) {
  if (!name) return null;
  if (!member) return html`<p class="problem" role="alert">There is no run ${name} in this sweep. <a href="/sweep">All runs</a></p>`;
  return html`<section class="run-panel" aria-label="The chosen run">
    <h2>${member.name}</h2>
    ${member.failure && html`<p class="problem">${member.failure}</p>`}
    <dl class="facts">${['architecture', 'latents', 'k', 'tokens', 'batch', 'lr', 'seed']
      .filter((key) => member.options[key] !== undefined)
      .map((key) => html`<div><dt>${key}</dt><dd>${member.options[key]}</dd></div>`)}</dl>
    ${!member.failure && html`<p class="card-note">It is an ordinary run in the sweep’s folder. Its features:</p>
      <code>sememe index SWEEP/${member.name}</code><code>sememe studio SWEEP/${member.name}</code>`}
  </section>`;
}

function Recipe({ recipe, mean, members, series, link }) {
  return html`<tbody>
    <tr class="mean"><th scope="rowgroup"><${Key} series=${series.indexOf(members[0].series)} />${recipe}${mean?.front && html`<span class="front">front</span>`}</th>
      ${mean
        ? html`<td>${number(mean.l0)}</td><td>${exact(mean.fvu)}</td><td>${percent(mean.ce_recovered)}</td><td>${percent(mean.dead_share)}</td><td>n = ${of(mean.members, 'seed')}</td>`
        : html`<td class="said" colspan="5">not measured</td>`}
    </tr>
    ${members.map((member) => html`<${Run} key=${member.name} member=${member} link=${link} />`)}
  </tbody>`;
}

function Run({ member, link }) {
  const s = member.scores;
  const here = { onMouseEnter: () => link.point(member.name), onMouseLeave: () => link.point(null) };
  return html`<tr class=${'run' + (link.run === member.name ? ' lit' : '')} ...${here}>
    <th scope="row"><a href=${runUrl(member.name)} aria-current=${link.run === member.name ? 'true' : undefined} onFocus=${() => link.point(member.name)} onBlur=${() => link.point(null)}>seed ${member.seed}<span class="visually-hidden"> of ${member.recipe}</span></a></th>
    ${s
      ? html`<td>${number(s.l0)}</td><td>${exact(s.fvu)}<small>${between(s.fvu_interval)}</small></td>
          <td>${percent(s.ce_recovered)}${s.ce_recovered_interval && html`<small>${s.ce_recovered_interval.map(percent).join(' to ')}</small>`}</td>
          <td>${percent(s.dead_share)}</td><td>n = ${of(s.rows, 'row')}${s.splice_tokens > 0 && html`<small>${of(s.splice_tokens, 'prediction')}</small>`}</td>`
      : html`<td class="said" colspan="5">${member.failure ?? 'not measured'}</td>`}
  </tr>`;
}
