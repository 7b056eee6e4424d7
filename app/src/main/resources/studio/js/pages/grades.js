/** How well a feature's label fits its examples: a person grades them, the axis shows where the label stops being true. */
import { html, useLayoutEffect, useRef, useState } from '../../vendor/preact-htm.js';
import { get, post } from '../api.js';
import { of, percent } from '../format.js';
import { plain } from '../tokens.js';

/** What each grade means, after Scaling Monosemanticity. */
const MEANINGS = ['irrelevant to the text', 'related to the text, but not near the token', 'loosely related to the token', 'fits the token cleanly'];

/** The grades of a feature's label, `{ shown, problem, grade }`; they are of the label that it has now. */
export function useGrades(latent, label) {
  const url = `/api/features/${latent}/grades`;
  const [state, setState] = useState({});
  useLayoutEffect(() => {
    let left = false;
    if (label) {
      get(url).then(
        (shown) => left || setState({ url, label, shown }),
        (problem) => left || setState({ url, label, problem }),
      );
    }
    return () => (left = true);
  }, [url, label]);
  const last = useRef(Promise.resolve()); // one after the other: a fast key's answer must not come behind an older one
  const grade = (example, value) => {
    const write = () => post(url, value === undefined ? { example } : { example, grade: value });
    last.current = last.current.then(write).then(
      (shown) => setState({ url, label, shown }),
      (problem) => setState((old) => ({ ...old, problem })),
    );
  };
  const own = state.url === url && state.label === label;
  return { shown: own ? state.shown : undefined, problem: own ? state.problem : undefined, grade };
}

/** The buttons of one example. */
export function GradeButtons({ value, onGrade }) {
  return html`<span class="grades" role="group" aria-label="How well the label fits">
    ${MEANINGS.map((meaning, i) => html`<button type="button" aria-pressed=${value === i} aria-label=${`${i}: ${meaning}`} title=${meaning} onClick=${() => onGrade(value === i ? undefined : i)}>${i}</button>`)}
  </span>`;
}

/** What the grades mean, and how many examples have one. */
export function GradeLegend({ grades, label, examples }) {
  if (!label) return html`<p class="card-note">Give the feature a label first (Notes, beside): grades say how well a label fits.</p>`;
  const { shown, problem } = grades;
  if (!shown) return problem && html`<p class="problem" role="alert">${problem.message}</p>`;
  if (!shown.editable) return html`<p class="card-note">This studio keeps no grades.</p>`;
  return html`<div class="grade-legend card-note">
    <p>How well does <bdi class="graded-label">${plain(label)}</bdi> fit the marked token? ${MEANINGS.map((meaning, i) => html`<span><b>${i}</b> ${meaning}</span>`)}</p>
    <p role="status">${Object.keys(shown.examples).length} of ${of(examples, 'example')} here graded${shown.other_labels > 0 ? `; ${of(shown.other_labels, 'grade')} of an earlier label not counted` : ''}. Keys 0 to 3 grade the example in focus, and go on.</p>
    ${problem && html`<p class="problem" role="alert">${problem.message}</p>`}
  </div>`;
}

const said = (tally) => (tally.sample ? `${tally.counts[3]} of ${tally.sample}, ${percent(tally.share)} (95 %: ${percent(tally.low)} to ${percent(tally.high)})` : 'none graded');

/** A row below the axis's intervals: the share of random examples that the label fits, with the sample. */
export function Specificity({ shown, intervals, max }) {
  const total = shown.intervals.reduce((sum, tally) => sum + tally.sample, 0) + shown.strongest.sample;
  if (total === 0) return null;
  return html`<div class="fits">
    <p class="card-note">How often <bdi class="graded-label">${plain(shown.label)}</bdi> fits (grade 3), of random examples of each interval; bars from grade 3 down to 0. Of the strongest: ${said(shown.strongest)}.</p>
    <div class="fits-row">
      ${intervals.map((interval, i) => {
        const tally = shown.intervals[i];
        return html`<div class="fits-cell" data-range=${`${interval.low} ${interval.high}`} style=${{ left: `${(100 * interval.low) / max}%`, width: `${(100 * (interval.high - interval.low)) / max}%` }} role="img" aria-label=${`Interval ${i + 1}: the label fits ${said(tally)}`} title=${said(tally)}>
          <span class="fits-bar">${tally.sample > 0 && [3, 2, 1, 0].map((g) => html`<i class=${'g' + g} style=${{ width: `${(100 * tally.counts[g]) / tally.sample}%` }}></i>`)}</span>
          ${tally.sample > 0 && html`<b>${percent(tally.share)}</b><small>n = ${tally.sample}</small>`}
        </div>`;
      })}
    </div>
  </div>`;
}
