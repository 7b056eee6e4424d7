/** The feature's icon: what the model says when only this feature is pushed, beside what it says by itself. */
import { html, useEffect, useRef, useState } from '../../vendor/preact-htm.js';
import { stream } from '../api.js';
import { number } from '../format.js';
import { readState, requestFields, steerWord } from '../steering.js';
import { prose } from '../tokens.js';

const PROMPT = 'I think';
const LENGTH = 24;

export function FeatureIcon({ feature }) {
  const [said, setSaid] = useState();
  const control = useRef();
  useEffect(() => () => control.current?.abort(), []);
  const steer = { latent: feature.latent, mode: 'clamp', strength: 2, unit: 'max' };
  const run = async () => {
    control.current?.abort();
    const mine = (control.current = new AbortController());
    const columns = { default: '', steered: '' };
    setSaid({ ...columns, running: true });
    try {
      const wanted = { ...readState(new URLSearchParams()), prompt: PROMPT, steers: [steer], length: LENGTH };
      let shift;
      for await (const { event, data } of stream('/api/steer', requestFields(wanted), mine.signal)) {
        if (event === 'token') columns[data.column] += data.text;
        if (event === 'finished') shift = data.shift;
        if (event === 'problem') throw new Error(data.error);
        setSaid({ ...columns, shift, running: event !== 'finished' });
      }
    } catch (error) {
      if (error.name !== 'AbortError') setSaid({ ...columns, error: error.message });
    }
  };
  return html`<section class="card icon-card">
    <h2>What it makes the model say</h2>
    <p class="card-note">After “${PROMPT}”, ${LENGTH} tokens, this feature held at twice its maximum (<span class="mono">${steerWord(steer)}</span>), beside no steering; same seed.</p>
    ${said &&
    html`<dl class="said" aria-busy=${said.running}>
      <dt>Pushed</dt><dd dir="auto">${PROMPT}<b>${prose(said.steered)}</b></dd>
      <dt>By itself</dt><dd dir="auto">${PROMPT}${prose(said.default)}</dd>
    </dl>`}
    ${said?.error && html`<p class="problem" role="alert">${said.error}</p>`}
    ${said?.shift && html`<p class="card-note">KL ${number(said.shift.kl)} nats a token, over ${said.shift.tokens} tokens.</p>`}
    <button class="plain" type="button" onClick=${run} disabled=${said?.running}>${said?.running ? 'Writing…' : said ? 'Again' : 'Let it speak'}</button>
  </section>`;
}
