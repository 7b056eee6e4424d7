/** How networks that draw were trained, or are: curves of their losses, and the pictures that they drew on the way. */
import { html, useEffect, useState } from '../../vendor/preact-htm.js';
import { get, useApi } from '../api.js';
import { Problem } from '../components.js';
import { count, of } from '../format.js';
import { go, withQuery } from '../router.js';
import { Curves } from './curves.js';
import { Pixels } from './pixels.js';

const LOOK_EVERY = 5000; // milliseconds

/** The trainings, looked up again and again while the page is open; `sheets` changes when there are more of those. */
export function useTrainings() {
  const [state, setState] = useState({ trainings: [], sheets: '', error: undefined });
  useEffect(() => {
    let gone = false;
    const look = () =>
      get('/api/pictures/trainings').then(
        ({ trainings }) => !gone && setState({ trainings, sheets: trainings.map((one) => `${one.name}-${one.sheets.at(-1) ?? one.lines.at(-1).step}`).join(), error: undefined }),
        (error) => !gone && setState((old) => ({ ...old, error })),
      );
    look();
    const timer = setInterval(look, LOOK_EVERY);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, []);
  return state;
}

/** What a line holds beside its step: its losses. */
const losses = (training) => [...new Set(training.lines.flatMap((line) => Object.keys(line).filter((key) => key !== 'step' && Number.isFinite(line[key]))))];

export function DrawTraining({ trainings: { trainings, error }, query }) {
  const [at, point] = useState({ name: '', step: null });
  if (error) return html`<${Problem} error=${error} />`;
  if (!trainings.length) return null;
  return html`<section class="draw-trainings" aria-label="Training">
    <h2>Training</h2>
    ${trainings.map((training, i) => {
      const runs = [{ name: training.run, series: i, lines: training.lines }];
      return html`<section key=${training.name} aria-label=${training.name}>
        <h3>${training.name} <span class="mono">${training.run}</span>, ${of(training.lines.at(-1).step, 'step')}</h3>
        ${training.sheets.length > 0 && html`<${Sheets} training=${training} query=${query} />`}
        <div class="curves-grid">${losses(training).map((loss) => html`<${Curves} key=${loss} title=${loss} note="of a step" value=${(line) => line[loss]} along=${(line) => line.step} unit="steps" runs=${runs} log=${training.lines.every((line) => !(line[loss] <= 0))} at=${at.name === training.name ? at.step : null} point=${(step) => point({ name: training.name, step })} />`)}</div>
      </section>`;
    })}
  </section>`;
}

function Sheets({ training, query }) {
  const key = training.name + '-sheet';
  const wanted = Number(query.get(key));
  const step = training.sheets.includes(wanted) ? wanted : training.sheets.at(-1);
  const { data, error } = useApi(`/api/pictures/sheet?training=${training.name}&step=${step}`);
  const move = (event) => {
    const chosen = training.sheets[event.target.value];
    go(withQuery({ [key]: chosen === training.sheets.at(-1) ? '' : chosen }), { keepScroll: true, replace: true });
  };
  return html`<div class="draw-sheets">
    <label class="field">What it drew at step <input type="range" min="0" max=${training.sheets.length - 1} value=${training.sheets.indexOf(step)} aria-valuetext=${`step ${step}`} onInput=${move} /><output>${count(step)}</output></label>
    ${error && html`<${Problem} error=${error} />`}
    ${data && html`<${Pixels} sheet=${data} room=${800} label=${`What the ${training.name} drew at step ${step}`} />`}
  </div>`;
}
