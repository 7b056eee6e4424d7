/** Runs while they are trained, and after: curves, densities, time, warnings. Runs and scale are in the URL. */
import { html, useState } from '../../vendor/preact-htm.js';
import { Problem, useKeys, useTitle } from '../components.js';
import { count, number, of, percent } from '../format.js';
import { go, withQuery } from '../router.js';
import { Curves, dash } from './curves.js';
import { DensityCourse, TimeSplit } from './density-course.js';
import { colour } from './pareto.js';
import { useLines, useRuns } from './training-data.js';

const QUIET = 60; // seconds after which a run that is not finished is said to be silent
const MOST_AT_ONCE = 14;

const CURVES = [
  { title: 'Fraction of variance unexplained', note: 'of the batch', value: (line) => line.fvu },
  { title: 'Loss', value: (line) => line.loss },
  { title: 'L0', note: 'active latents a row', value: (line) => line.l0 },
  { title: 'Dead latents', note: 'share of all', value: (line, run) => line.dead / run.latents, linear: true },
  { title: 'Gradient norm', note: 'before clipping', value: (line) => line.gradient_norm },
  { title: 'Learning rate', value: (line) => line.learning_rate, linear: true },
  { title: 'Rows a second', note: 'since the start or the resume', value: (line) => line.rows_per_second, linear: true },
  { title: 'Penalty', note: 'weighted', value: (line) => line.penalty || undefined },
  { title: 'Auxiliary loss', note: 'before its weight', value: (line) => line.aux_loss || undefined },
  { title: 'Recall of the screen', note: 'sampled', value: (line) => line.screen_recall, linear: true },
];
const ALWAYS = 7;

export function TrainingPage({ query }) {
  const { runs, first, error } = useRuns();
  useTitle('Training');
  if (!runs) return html`<main id="main" class="page">${error ? html`<${Problem} error=${error} />` : html`<div class="ghost tall"></div>`}</main>`;
  if (!runs.length) return html`<main id="main" class="page"><p class="nothing">There is no run here yet. Begin one: <code>sememe train</code>; it is shown as soon as it is there.</p></main>`;
  return html`<${Watched} runs=${runs} first=${first} error=${error} query=${query} />`;
}

/** Those in the URL; else the one the studio was opened with, and whatever is trained now. */
function chosenRuns(runs, first, query) {
  if (query.has('run')) return query.getAll('run').filter((name) => runs.some((run) => run.name === name));
  const training = runs.filter((run) => state(run).key === 'training').map((run) => run.name);
  const some = [...new Set([...runs.filter((run) => run.name === first).map((run) => run.name), ...training])];
  return (some.length ? some : [runs.at(-1).name]).slice(0, MOST_AT_ONCE);
}

function state(run) {
  if (run.finished) return { key: 'finished', text: 'finished' };
  if (run.silent_seconds === undefined) return { key: 'begun', text: 'no line yet' };
  if (run.silent_seconds < QUIET) return { key: 'training', text: 'training' };
  return { key: 'silent', text: `silent for ${ago(run.silent_seconds)}` };
}

const ago = (s) => (s < 120 ? `${Math.round(s)} s` : s < 7200 ? `${Math.round(s / 60)} min` : s < 172800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} days`);

function Watched({ runs, first, error, query }) {
  const [at, point] = useState(null);
  const chosen = chosenRuns(runs, first, query);
  const { lines, error: lost } = useLines(chosen);
  const log = query.get('scale') !== 'linear';
  const choose = (names) => {
    const next = new URLSearchParams(query);
    next.delete('run');
    names.forEach((name) => next.append('run', name));
    go('/training' + (next.size ? '?' + next : ''), { keepScroll: true, replace: true });
  };
  const toggle = (name) => choose(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name].slice(-MOST_AT_ONCE));
  useKeys({ l: () => go(withQuery({ scale: log ? 'linear' : '' }), { keepScroll: true, replace: true }) });
  const shown = chosen
    .map((name) => ({ ...runs.find((run) => run.name === name), lines: lines[name] ?? [] }))
    .map((run) => ({ ...run, series: runs.findIndex((one) => one.name === run.name), latents: Number(run.options.latents) }));
  const end = Math.max(0, ...shown.map((run) => Number(run.options.tokens)));
  const told = CURVES.filter(({ value }, i) => i < ALWAYS || shown.some((run) => run.lines.some((line) => Number.isFinite(value(line, run)))));
  const of_ = shown[0];
  return html`<main id="main" class="page training">
    <section class="strip" aria-label="These runs">
      <div class="strip-title">
        <h1>Training <span>${of(runs.length, 'run')}</span></h1>
        ${of_ && html`<p><span class="mono">${of_.hook}</span> of ${of_.model}</p>`}
      </div>
      <div class="segments" role="group" aria-label="Scale of the curves">
        <button type="button" aria-pressed=${String(log)} onClick=${() => go(withQuery({ scale: '' }), { keepScroll: true, replace: true })}>log</button>
        <button type="button" aria-pressed=${String(!log)} onClick=${() => go(withQuery({ scale: 'linear' }), { keepScroll: true, replace: true })}>linear</button>
      </div>
    </section>
    ${(error ?? lost) && html`<${Problem} error=${error ?? lost} />`}
    <${RunsTable} runs=${runs} chosen=${chosen} lines=${lines} toggle=${toggle} />
    <${Warnings} runs=${shown} />
    <div class="curves-grid">
      ${told.map((curve) => html`<${Curves} key=${curve.title} ...${curve} log=${log && !curve.linear} runs=${shown} at=${at} point=${point} end=${end} />`)}
    </div>
    <div class="course-grid">
      ${shown.map((run) => html`<${DensityCourse} key=${run.name} run=${run} at=${at} point=${point} />`)}
    </div>
    <${TimeSplit} runs=${shown} at=${at} />
  </main>`;
}

function RunsTable({ runs, chosen, lines, toggle }) {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="All runs">
    <table class="runs watched">
      <thead><tr><th scope="col">Run</th><th scope="col">Architecture</th><th scope="col">Latents</th><th scope="col">State</th><th scope="col">Steps</th><th scope="col">FVU</th><th scope="col">L0</th><th scope="col">Dead</th><th scope="col">Left</th></tr></thead>
      <tbody>${runs.map((run, i) => html`<${RunRow} key=${run.name} run=${run} series=${i} on=${chosen.includes(run.name)} last=${newest(run, lines[run.name])} toggle=${toggle} />`)}</tbody>
    </table>
  </div>`;
}

/** The last line of a run: the stream's, where it is newer than the list's. */
function newest(run, lines) {
  const streamed = lines?.findLast((line) => line.loss !== undefined);
  return streamed && !(run.last?.step > streamed.step) ? streamed : run.last;
}

function RunRow({ run, series, on, last, toggle }) {
  const { key, text } = state(run);
  const latents = Number(run.options.latents);
  const left = last && key === 'training' && last.rows_per_second > 0 ? (Number(run.options.tokens) - last.tokens) / last.rows_per_second : undefined;
  return html`<tr class=${on ? 'run lit' : 'run'}>
    <th scope="row"><label><input type="checkbox" checked=${on} onChange=${() => toggle(run.name)} /><svg class=${colour(series)} viewBox="0 0 32 16" aria-hidden="true"><path class="mean-line" stroke-dasharray=${dash(series)} d="M0 8H32" /></svg>${run.name}</label></th>
    <td>${run.options.architecture}</td>
    <td>${count(latents)}</td>
    <td><span class=${'run-state ' + key}>${text}</span></td>
    <td>${last ? html`${count(last.step)} <small>of ${count(run.steps)}</small>` : html`<small>of ${count(run.steps)}</small>`}</td>
    <td>${last ? number(last.fvu) : '–'}</td><td>${last ? number(last.l0) : '–'}</td>
    <td>${last ? percent(last.dead / latents) : '–'}</td>
    <td>${left === undefined ? '–' : ago(left)}</td>
  </tr>`;
}

function Warnings({ runs }) {
  const all = runs.flatMap((run) => run.lines.filter((line) => line.warnings).flatMap((line) => line.warnings.map((text) => ({ run: run.name, step: line.step, text }))));
  if (!all.length) return null;
  return html`<section class="warnings" role="status" aria-label="Warnings"><h2>Warnings</h2>
    <ul>${all.map(({ run, step, text }) => html`<li><b>${run}</b> <span class="row-id">by step ${count(step)}</span> <bdi>${text}</bdi></li>`)}</ul>
  </section>`;
}
