/** The list of features: the strip about the dictionary, filters, and a page of rows. */
import { html, useRef } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { DensityBar, Problem, RampLegend, useKeys, useRows, useTitle } from '../components.js';
import { count, number, of } from '../format.js';
import { go, withQuery } from '../router.js';
import { Concordance, TokenChip, plain } from '../tokens.js';
import { DensityFilter } from './density-filter.js';
import { DictionaryStrip } from './dictionary-strip.js';
import { Picked, picksOf, useLists } from './saved-lists.js';

const PAGE = 50;
const SORTS = [
  ['density', 'Density'],
  ['max_activation', 'Max activation'],
  ['mean_activation', 'Mean activation'],
  ['norm', 'Encoder norm'],
  ['latent', 'Latent'],
];
const STATUS = [
  ['', 'Alive'],
  ['dead', 'Dead'],
  ['all', 'All'],
];

function apiUrl(query, revision) {
  const page = Math.max(1, Number(query.get('page')) || 1);
  const ask = new URLSearchParams({ offset: String((page - 1) * PAGE), limit: String(PAGE) });
  for (const key of ['q', 'list', 'latents', 'box', 'sort', 'order', 'status', 'density_min', 'density_max', 'norm_min', 'norm_max'])
    if (query.get(key)) ask.set(key, query.get(key));
  if (query.get('list')) ask.set('revision', revision); // a list that was changed is asked for again
  return '/api/features?' + ask;
}

export function ListPage({ query, dictionary }) {
  useTitle(query.get('q') ? `“${plain(query.get('q'))}”` : 'Features');
  const { data, error, loading } = useApi(apiUrl(query, useLists().revision));
  const picks = picksOf(query);
  const pick = (latents) => go(withQuery({ pick: latents.join(',') }), { replace: true, keepScroll: true });
  const rows = useRows(data);
  const search = useRef(null);
  const page = Math.max(1, Number(query.get('page')) || 1);
  const pages = data ? Math.max(1, Math.ceil(data.total / PAGE)) : 1;
  const turn = (to) => to >= 1 && to <= pages && go(withQuery({ page: to === 1 ? '' : to }));
  useKeys({
    ...rows.keys,
    ArrowRight: () => turn(page + 1),
    ArrowLeft: () => turn(page - 1),
    '/': () => search.current?.select(),
  });
  return html`<main id="main" class="page list-page">
    <${DictionaryStrip} dictionary=${dictionary} />
    <${Filters} query=${query} dictionary=${dictionary} search=${search} />
    ${error && html`<${Problem} error=${error} />`}
    <div class="list-head">
      <p class="found" role="status">
        ${data ? html`<b>${of(data.total, 'feature')}</b>${data.total ? html`<span> ${count(data.offset + 1)} to ${count(Math.min(data.total, data.offset + PAGE))}</span>` : ''}` : ' '}
      </p>
      <${RampLegend} to="feature’s maximum" note="activation, linear" />
    </div>
    <${Picked} picks=${picks} shown=${data?.features} onPick=${pick} query=${query} />
    <div class=${'rows' + (loading ? ' stale' : '')} ref=${rows.box} aria-busy=${loading}>
      <div class="row-head" aria-hidden="true">
        <span>Latent</span><span>Fires on</span><span>Density, log</span><span>Max</span><span class="kwic-head">Strongest example</span>
      </div>
      ${data?.features.map((feature, i) => html`<${Row} key=${feature.latent} feature=${feature} label=${data.labels[feature.latent]} picks=${picks} onPick=${pick} onFocus=${() => rows.focused(i)} />`)}
      ${!data && Array.from({ length: 12 }, () => html`<div class="row ghost"></div>`)}
      ${data?.total === 0 && html`<p class="nothing">No feature matches. <a href="/">Clear the filters</a></p>`}
    </div>
    ${data && pages > 1 && html`<${Pager} page=${page} pages=${pages} />`}
  </main>`;
}

function Row({ feature, label, picks, onPick, onFocus }) {
  const { latent } = feature;
  const picked = picks.includes(latent);
  return html`<div class="pickable">
    <label class="pick"><input type="checkbox" checked=${picked} aria-label=${`Pick feature ${latent}`} onChange=${() => onPick(picked ? picks.filter((p) => p !== latent) : [...picks, latent])} /></label>
    <a class=${'row' + (feature.dead ? ' is-dead' : '')} href=${'/feature/' + latent} onFocus=${onFocus}>
      <span class="row-id">${latent}</span>
      <span class="row-label">${label && html`<bdi class="given-label" title="Your label">${plain(label)}</bdi>`}${feature.top_tokens.length ? feature.top_tokens.slice(0, label ? 2 : 5).map((t) => html`<${TokenChip} text=${t} />`) : html`<em>dead</em>`}</span>
      <${DensityBar} density=${feature.density} />
      <span class="row-max">${feature.dead ? '–' : number(feature.max_activation)}</span>
      ${feature.example ? html`<${Concordance} example=${feature.example} max=${feature.max_activation} />` : html`<span class="kwic none">never active on the indexed tokens</span>`}
    </a>
  </div>`;
}

function Filters({ query, dictionary, search }) {
  const typing = useRef(0);
  const change = (changes) => go(withQuery({ ...changes, page: '' }), { replace: true, keepScroll: true });
  const type = (event) => {
    const value = event.target.value;
    clearTimeout(typing.current);
    typing.current = setTimeout(() => change({ q: value }), 220);
  };
  const submit = (event) => {
    event.preventDefault();
    clearTimeout(typing.current);
    const value = search.current.value;
    const latent = /^#?(\d+)$/.exec(value.trim());
    if (latent && Number(latent[1]) < dictionary.latents) go('/feature/' + Number(latent[1]));
    else {
      change({ q: value });
      document.querySelector('a.row')?.focus();
    }
  };
  const sort = query.get('sort') ?? 'density';
  const order = query.get('order') ?? 'desc';
  const status = query.get('status') ?? '';
  return html`<form class="filters" role="search" onSubmit=${submit}>
    <label class="search">
      <span class="visually-hidden">Search by token, label or latent number</span>
      <input ref=${search} type="search" name="q" placeholder="A token, a label, a latent’s number" autocomplete="off" spellcheck=${false} maxlength="200" value=${query.get('q') ?? ''} onInput=${type} />
      <kbd>/</kbd>
    </label>
    <label class="field"><span>Sort by</span>
      <select name="sort" aria-label="Sort by" value=${sort} onChange=${(e) => change({ sort: e.target.value === 'density' ? '' : e.target.value })}>
        ${SORTS.filter(([key]) => key !== 'norm' || dictionary.norm_range).map(([key, name]) => html`<option value=${key} selected=${key === sort}>${name}</option>`)}
      </select>
    </label>
    <button type="button" class="plain" onClick=${() => change({ order: order === 'desc' ? 'asc' : '' })} aria-label=${order === 'desc' ? 'Sorted from high to low; change' : 'Sorted from low to high; change'}>
      ${order === 'desc' ? '↓ high first' : '↑ low first'}
    </button>
    <div class="segments" role="group" aria-label="Which latents">
      ${STATUS.map(([key, name]) => html`<button type="button" aria-pressed=${status === key} onClick=${() => change({ status: key })}>${name}</button>`)}
    </div>
    <${DensityFilter} query=${query} histogram=${dictionary.density_histogram} onChange=${change} />
    ${dictionary.norm_range && html`<${NormFilter} query=${query} range=${dictionary.norm_range} onChange=${change} />`}
  </form>`;
}

function NormFilter({ query, range, onChange }) {
  const field = (key, name, edge) =>
    html`<input type="number" step="any" name=${key} aria-label=${name} placeholder=${number(edge)} value=${query.get(key) ?? ''} onChange=${(e) => onChange({ [key]: e.target.value })} />`;
  return html`<fieldset class="field norm"><legend>Encoder norm</legend>
    ${field('norm_min', 'Smallest encoder norm', range[0])}<span aria-hidden="true">to</span>${field('norm_max', 'Largest encoder norm', range[1])}
  </fieldset>`;
}

function Pager({ page, pages }) {
  const link = (to, text, label) =>
    to >= 1 && to <= pages && to !== page
      ? html`<a href=${withQuery({ page: to === 1 ? '' : to })} aria-label=${label}>${text}</a>`
      : html`<span aria-hidden="true">${text}</span>`;
  return html`<nav class="pager" aria-label="Pages of the list">
    ${link(1, '« First', 'First page')} ${link(page - 1, '‹ Previous', 'Previous page')}
    <b>${count(page)} <span>of ${count(pages)}</span></b>
    ${link(page + 1, 'Next ›', 'Next page')} ${link(pages, 'Last »', 'Last page')}
  </nav>`;
}
