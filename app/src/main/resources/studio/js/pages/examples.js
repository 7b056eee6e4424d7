/** The examples: the strongest first, then some from each interval of the axis, highest interval first. */
import { html, useEffect, useMemo, useRef, useState } from '../../vendor/preact-htm.js';
import { count, number, of } from '../format.js';
import { go, withQuery } from '../router.js';
import { TokenCard, useAblations, useTokenCard, useUnderline } from './ablation.js';
import { OwnText, useOwnText } from './own-text.js';
import { useApi } from '../api.js';
import { Problem, useKeys } from '../components.js';
import { Concordance, FullContext, plain } from '../tokens.js';
import { GradeButtons, GradeLegend } from './grades.js';

export function Examples({ feature, full, onToggle, query, model, grades, label }) {
  const max = feature.max_activation;
  const bins = feature.histogram.counts.length;
  const binOf = (activation) => (activation > 0 ? Math.min(bins - 1, Math.floor((activation / max) * bins)) : undefined);
  const root = useRef(null);
  const text = model ? query.get('text') ?? '' : '';
  const own = useOwnText(feature.latent, text);
  const underline = model && query.get('underline') === '1';
  const { known, ask } = useAblations(feature.latent);
  const inOrder = useMemo(() => [...feature.examples].sort((a, b) => (a.group === b.group ? b.activation - a.activation : a.group === 'top' ? -1 : 1)), [feature]);
  useUnderline(underline, inOrder, ask);
  const grading = query.get('grade') === '1' && query.get('embed') !== '1';
  const toggleGrading = () => go(withQuery({ grade: grading ? '' : 1 }), { replace: true, keepScroll: true });
  const editable = grading && grades.shown?.editable;
  /** Grades the example in focus, or the first without a grade, and goes to the next. */
  const gradeByKey = (value) => {
    const all = [...root.current.querySelectorAll('.example[data-example]')];
    const focused = all.indexOf(document.activeElement?.closest('.example'));
    const at = focused >= 0 ? focused : all.findIndex((e) => grades.shown.examples[e.dataset.example] === undefined);
    if (at < 0) return;
    grades.grade(Number(all[at].dataset.example), value);
    all[Math.min(at + 1, all.length - 1)].querySelector('.example-value').focus();
  };
  useKeys({ g: toggleGrading, ...(editable && Object.fromEntries([0, 1, 2, 3].map((value) => [value, () => gradeByKey(value)]))) });
  const predicting = query.get('predicted') === '1';
  const { data: predicted, error: unpredicted } = useApi(predicting ? `/api/features/${feature.latent}/predicted` : undefined);
  const card = useTokenCard(root, ({ example }) => model && example !== undefined && ask(Number(example)));
  const cardOf = (id) => (id === undefined ? own.data : known.get(Number(id)));
  const cardText = card && (card.example === undefined ? own.data?.tokens[card.at]?.text : feature.examples.find((e) => e.id === Number(card.example))?.tokens[card.at]);
  const [open, setOpen] = useState(new Set());
  useEffect(() => setOpen(new Set()), [full, feature.latent]);
  const flip = (id) =>
    setOpen((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const top = feature.examples.filter((e) => e.group === 'top');
  const groups = feature.intervals
    .map((interval, i) => ({ interval, i, list: feature.examples.filter((e) => e.group === 'interval' && e.interval === i) }))
    .reverse();
  const rows = (list) =>
    html`<ol class="examples">
      ${list.map((e) => html`<${Example} key=${e.id} example=${e} max=${max} binOf=${binOf} full=${full !== open.has(e.id)} effects=${underline && known.get(e.id)?.tokens?.map((t) => t.effect)} predicted=${predicting && predicted?.examples[e.id]} onFlip=${() => flip(e.id)} grade=${editable && html`<${GradeButtons} value=${grades.shown.examples[e.id]} onGrade=${(value) => grades.grade(e.id, value)} />`} />`)}
    </ol>`;
  return html`<section class=${'examples-all' + (underline ? ' underlined' : '')} aria-label="Examples" ref=${root}>
    ${model && html`<${OwnText} feature=${feature} text=${text} answer=${own} binOf=${binOf} underline=${underline} />`}
    <div class="examples-bar">
      <h2>Examples</h2>
      ${model && html`<label class="toggle"><input type="checkbox" checked=${underline} onChange=${() => go(withQuery({ underline: underline ? '' : 1 }), { replace: true, keepScroll: true })} /> Causal underline</label>`}
      <label class="toggle"><input type="checkbox" checked=${predicting} onChange=${() => go(withQuery({ predicted: predicting ? '' : 1 }), { replace: true, keepScroll: true })} /> Predicted rows</label>
      ${query.get('embed') !== '1' && html`<label class="toggle" title="Grade (g)"><input type="checkbox" checked=${grading} onChange=${toggleGrading} /> Grade the label</label>`}
      <div class="segments" role="group" aria-label="How much context">
        <button type="button" aria-pressed=${!full} onClick=${() => full && onToggle()}>Snippets</button>
        <button type="button" aria-pressed=${full} onClick=${() => !full && onToggle()}>Full contexts</button>
      </div>
    </div>
    ${underline &&
    html`<p class="causal-legend card-note">
      The next token’s loss without the feature at this token: <u class="helps2">rises</u> (the feature helps) or <u class="hurts2">falls</u>; from 0.01, <u class="helps2">0.1</u> and <u class="helps3">1</u> nats; ${''}
      <span role="status">${known.size < inOrder.length ? `${known.size} of ${of(inOrder.length, 'example')} measured` : `all ${of(inOrder.length, 'example')} measured`}</span>
    </p>`}
    ${predicting && (unpredicted ? html`<${Problem} error=${unpredicted} />` : html`<${PredictedLegend} predicted=${predicted} />`)}
    ${grading && html`<${GradeLegend} grades=${grades} label=${label} examples=${feature.examples.length} />`}
    <section class="group" aria-label="Strongest">
      <h3 tabindex="-1">Strongest <span>${of(top.length, 'example')}</span></h3>
      ${rows(top)}
    </section>
    ${groups.map(
      ({ interval, i, list }) => html`<section class="group" id=${'interval-' + i} data-interval=${i}>
        <h3 tabindex="-1" data-range=${`${interval.low} ${interval.high}`}>
          ${number(interval.low)} to ${number(interval.high)} <span>${interval.count === 0 ? 'no tokens' : list.length ? `${count(list.length)} random of ${of(interval.count, 'token')}` : `${of(interval.count, 'token')}, all among the strongest above`}</span>
        </h3>
        ${list.length > 0 && rows(list)}
      </section>`,
    )}
    <${TokenCard} card=${card} text=${cardText ?? ''} ablation=${card && cardOf(card.example)} model=${model} />
  </section>`;
}

/** What the rows below the real ones are, and how well they agree with them. */
function PredictedLegend({ predicted }) {
  return html`<p class="predicted-legend card-note" role="status">
    Below each example what its tokens alone predict: the share of a token’s other occurrences on which the feature fires, times its mean when active; 0 for tokens beyond its ${predicted ? count(predicted.known) : ' '} most frequent. ${''}
    ${predicted && (predicted.correlation === undefined ? `Nothing to compare over ${of(predicted.tokens, 'token')}.` : html`Correlation with the real activations <b>${number(predicted.correlation)}</b> over ${of(predicted.tokens, 'token')} of these examples (0 where tokens tell nothing, 1 where they tell all).`)}
  </p>`;
}

function Example({ example, max, binOf, full, effects, onFlip, grade, predicted }) {
  const Row = full ? FullContext : Concordance;
  return html`<li class=${'example' + (full ? ' full' : '') + (grade ? ' gradable' : '')} data-example=${example.id} data-peak=${example.activation}>
    <button type="button" class="example-value" onClick=${onFlip} aria-expanded=${full} title=${full ? 'Show the snippet' : 'Show the full context'}>
      ${number(example.activation)}
    </button>
    <span class="example-rows">
      <${Row} example=${example} max=${max} binOf=${binOf} effects=${effects} />
      ${predicted && html`<span class="predicted" role="group" aria-label="Predicted by the tokens alone"><${Row} example=${{ ...example, activations: predicted }} max=${max} /></span>`}
    </span>
    ${grade}
    <span class="example-source" title=${source(example)}>${source(example)}</span>
  </li>`;
}

const source = (e) => [e.document && plain(e.document), e.split === 'held_out' ? 'held out' : e.split].filter(Boolean).join(', ');
