/** The steering page: a prompt, features turned up or down, and what the model says beside what it said. */
import { html, useEffect, useRef, useState } from '../../vendor/preact-htm.js';
import { post, stream } from '../api.js';
import { Problem, useKeys, useTitle } from '../components.js';
import { go, lastList } from '../router.js';
import { readState, requestFields, stateUrl, steerWord, steeringFields, WHERE } from '../steering.js';
import { SteeredFeatures } from './steer-features.js';
import { Replies } from './steer-replies.js';

const SAMPLES = {
  chat: ['Tell me about your day.', 'What should I cook tonight?', 'Who are you?'],
  text: ['I went for a walk this morning and', 'The most important thing to know is that', 'She opened the box and found'],
};
/** How long after a change the URL is written: a slider changes faster than a history may. */
const WRITE_MS = 200;

/** The page's state and its URL: either follows the other. */
function useSteering(query) {
  const [state, setState] = useState(() => readState(query));
  const written = useRef(query.toString());
  const timer = useRef(0);
  useEffect(() => {
    if (query.toString() === written.current) return;
    written.current = query.toString();
    clearTimeout(timer.current);
    setState(readState(query));
  }, [query.toString()]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const write = (url, options) => {
    clearTimeout(timer.current);
    written.current = new URL(url, location.href).searchParams.toString();
    go(url, { keepScroll: true, ...options });
  };
  const change = (changes) =>
    setState((old) => {
      const next = { ...old, ...changes };
      clearTimeout(timer.current);
      timer.current = setTimeout(() => write(stateUrl(next), { replace: true }), WRITE_MS);
      return next;
    });
  return { state, change, write };
}

const NOTHING = { running: false, columns: { default: [], steered: [] } };

/** Runs steerings, the last one only. */
function useReplies() {
  const [replies, setReplies] = useState(undefined);
  const control = useRef(undefined);
  const stop = () => control.current?.abort();
  useEffect(() => stop, []);
  const run = async (state) => {
    stop();
    const own = new AbortController();
    control.current = own;
    let now = { ...NOTHING, running: true, chat: state.chat, prompt: state.prompt };
    const put = (changes) => {
      now = { ...now, ...changes };
      if (control.current === own) setReplies(now);
    };
    put({});
    try {
      for await (const { event, data } of stream('/api/steer', requestFields(state), own.signal)) {
        if (event === 'started') put({ started: data });
        else if (event === 'token')
          put({ columns: { ...now.columns, [data.column]: [...now.columns[data.column], data.text] } });
        else if (event === 'finished') put({ outcome: data });
        else throw new Error(data.error);
      }
      if (!now.outcome) throw new Error('The studio ended before the replies did: is `sememe studio` still running?');
      put({ running: false });
    } catch (error) {
      put(own.signal.aborted ? { running: false, stopped: true } : { running: false, error });
    }
  };
  return { replies, run, stop };
}

export function SteerPage({ query, dictionary }) {
  useTitle('Steer');
  const { state, change, write } = useSteering(query);
  const { replies, run, stop } = useReplies();
  const field = useRef(null);
  const possible = state.prompt.trim() !== '' && state.steers.length > 0 && dictionary.prompt;
  const start = () => {
    if (!possible) return;
    write(stateUrl(state, true), { replace: true });
    run(state);
  };
  useEffect(() => {
    if (query.get('run') === '1' && possible) run(state);
  }, []);
  useKeys({ '/': () => field.current?.focus(), u: () => go(lastList()), Escape: stop });
  const keys = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      start();
    }
    if (event.key === 'Escape') field.current.blur();
  };
  return html`<main id="main" class="page steer-page">
    <div class="steer-setup">
      <form class="steer-prompt" onSubmit=${(e) => { e.preventDefault(); start(); }}>
        <div class="steer-head">
          <h1><label for="steer-text">${state.chat ? 'Ask the model' : 'Let the model write on'}</label></h1>
          <div class="segments" role="group" aria-label="How the text is read">
            <button type="button" aria-pressed=${!state.chat} onClick=${() => change({ chat: false })}>Completion</button>
            <button type="button" aria-pressed=${state.chat} onClick=${() => change({ chat: true })}>Chat</button>
          </div>
        </div>
        <textarea id="steer-text" ref=${field} rows="3" dir="auto" maxlength="20000" spellcheck=${false} placeholder=${state.chat ? 'A message' : 'The beginning of a text'} value=${state.prompt} onInput=${(e) => change({ prompt: e.target.value })} onKeyDown=${keys}></textarea>
        ${!state.prompt && html`<p class="steer-samples">Try ${SAMPLES[state.chat ? 'chat' : 'text'].map((s) => html`<button type="button" class="plain" onClick=${() => change({ prompt: s })}>${s}</button>`)}</p>`}
        <${Settings} state=${state} change=${change} />
        <div class="steer-actions">
          ${replies?.running
            ? html`<button key="stop" type="button" class="primary" onClick=${stop}>Stop</button>`
            : html`<button key="start" type="submit" class="primary" disabled=${!possible}>Steer</button>`}
          <span class="hint">${replies?.running ? 'Escape' : 'Ctrl + Enter'}</span>
          <${Sharing} state=${state} possible=${possible} />
        </div>
      </form>
      <${SteeredFeatures} steers=${state.steers} dictionary=${dictionary} onChange=${(steers) => change({ steers })} />
    </div>
    ${!dictionary.prompt && html`<p class="problem">This studio was started without a model, so it cannot steer one.</p>`}
    ${replies?.error && html`<${Problem} error=${replies.error} />`}
    <${Replies} replies=${replies} words=${state.steers.map(steerWord)} />
  </main>`;
}

function Settings({ state, change }) {
  const value = (event, low, high) => Math.min(high, Math.max(low, Number(event.target.value) || 0));
  return html`<div class="steer-settings">
    <div class="field" role="group" aria-labelledby="steer-where"><span id="steer-where">Felt by</span>
      <span class="segments">
        ${WHERE.map(([key, name]) => html`<button type="button" aria-pressed=${state.where === key} onClick=${() => change({ where: key })}>${name}</button>`)}
      </span>
    </div>
    <label class="field" title="The first position, special tokens and attention sinks: the dictionary was not trained on them"><input type="checkbox" checked=${state.sinks} onChange=${(e) => change({ sinks: e.target.checked })} /><span>sinks too</span></label>
    <span class="line-end"></span>
    <label class="field"><span>Temperature</span><input type="number" min="0" max="10" step="0.1" value=${state.temperature} onChange=${(e) => change({ temperature: value(e, 0, 10) })} /></label>
    <label class="field"><span>Seed</span><input type="number" min="0" max="1000000000" step="1" value=${state.seed} onChange=${(e) => change({ seed: Math.round(value(e, 0, 1e9)) })} /></label>
    <label class="field"><span>Tokens</span><input type="number" min="1" max="512" step="1" value=${state.length} onChange=${(e) => change({ length: Math.round(value(e, 1, 512)) })} /></label>
  </div>`;
}

function Sharing({ state, possible }) {
  const [said, setSaid] = useState(undefined);
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(undefined), 4000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    const link = new URL(stateUrl(state, possible), location.href).href;
    try {
      await navigator.clipboard.writeText(link);
      setSaid('Copied.');
    } catch {
      setSaid(link);
    }
  };
  const save = async () => {
    try {
      const file = await post('/api/steering', steeringFields(state));
      const url = URL.createObjectURL(new Blob([JSON.stringify(file, null, 2) + '\n'], { type: 'application/json' }));
      const link = document.createElement('a');
      link.href = url;
      link.download = 'steering.json';
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
      setSaid('Use it with sememe generate --steering.');
    } catch (error) {
      setSaid(error.message);
    }
  };
  return html`<span class="steer-sharing">
    <span class="said" role="status">${said ?? ''}</span>
    <button type="button" class="plain" onClick=${copy}>Copy link</button>
    <button type="button" class="plain" disabled=${!state.steers.length} onClick=${save}>Steering file</button>
  </span>`;
}
