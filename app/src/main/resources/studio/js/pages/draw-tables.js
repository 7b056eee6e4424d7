/** What was measured of networks that draw: the table of an evaluation, and that of ablations. */
import { html } from '../../vendor/preact-htm.js';
import { count, number, of, percent } from '../format.js';

const fixed = (x, places = 3) => (Number.isFinite(x) ? x.toFixed(places).replace('-', '−') : '–');
const within = (row, key, factor = 1) => html`${fixed(factor * row[key])}<small>± ${fixed(factor * row[key + '_95'])}</small>`;

export function DrawTables({ evaluation, ablation }) {
  return html`${evaluation && html`<${Evaluation} evaluation=${evaluation} />`}${ablation?.length > 0 && html`<${Ablation} lines=${ablation} />`}`;
}

function Evaluation({ evaluation }) {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="What was measured">
    <table class="runs draw-table">
      <caption>${count(evaluation.count)} pictures of each kind; ± are 95 % intervals. Distances are on the features of a judge that is right about ${percent(evaluation.judge_accuracy)} of the real ones; the row “real” is their floor.</caption>
      <thead><tr><th scope="col">Drawn by</th><th scope="col">Steps</th><th scope="col">FID</th><th scope="col">KID × 1000</th><th scope="col">Precision</th><th scope="col">Recall</th><th scope="col">Consistent</th><th scope="col">Diversity</th><th scope="col">Pictures/s</th><th scope="col">One picture</th></tr></thead>
      <tbody>${evaluation.rows.map((row) => html`<tr class="run">
        <th scope="row">${row.name}</th><td>${row.steps || '–'}</td><td>${within(row, 'fid')}</td><td>${within(row, 'kid', 1000)}</td><td>${fixed(row.precision)}</td><td>${fixed(row.recall)}</td>
        <td>${percent(row.consistency)}</td><td>${fixed(row.diversity)}</td><td>${row.pictures_per_s ? count(Math.round(row.pictures_per_s)) : '–'}</td><td>${row.ms_for_one ? `${number(row.ms_for_one)} ms` : '–'}</td>
      </tr>`)}</tbody>
    </table>
  </div>`;
}

const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;
const deviation = (values) => Math.sqrt(values.reduce((sum, x) => sum + (x - mean(values)) ** 2, 0) / (values.length - 1));

function Ablation({ lines }) {
  const rows = [...new Set(lines.map((line) => `${line.study}\n${line.setting}`))].map((key) => lines.filter((line) => `${line.study}\n${line.setting}` === key));
  const spread = (seeds, column, factor = 1) => {
    const values = seeds.map((line) => factor * Number(line[column]));
    return html`${fixed(mean(values))}${values.length > 1 && html`<small>sd ${fixed(deviation(values))}</small>`}`;
  };
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Ablations">
    <table class="runs draw-table">
      <caption>Ablations: the usual distillation with one thing another in each row, measured in one step${lines[0].pictures ? `, on ${count(Number(lines[0].pictures))} pictures` : ''}. Means over seeds, with their standard deviation.</caption>
      <thead><tr><th scope="col">Study</th><th scope="col">Setting</th><th scope="col">FID</th><th scope="col">Recall</th><th scope="col">Consistent</th><th scope="col">Diversity</th><th scope="col">Sample</th></tr></thead>
      <tbody>${rows.map((seeds) => html`<tr class="run"><th scope="row">${seeds[0].study}</th><td>${seeds[0].setting}</td>
        <td>${spread(seeds, 'fid')}</td><td>${spread(seeds, 'recall')}</td><td>${percent(mean(seeds.map((line) => Number(line.consistency))))}</td><td>${spread(seeds, 'diversity')}</td><td>n = ${of(seeds.length, 'seed')}</td></tr>`)}</tbody>
    </table>
  </div>`;
}
