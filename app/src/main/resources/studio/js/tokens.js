/**
 * Tokens as text and never as markup. What cannot be seen is drawn: a newline as ↵, a tab as ⇥, other control
 * characters by their control pictures, direction and zero-width characters by their code point. Each token is
 * isolated for the bidirectional algorithm, so that right-to-left text cannot reorder its neighbours.
 */
import { html } from '../vendor/preact-htm.js';
import { rampClass } from './ramp.js';
import { number } from './format.js';

// Controls, soft hyphen, Arabic letter mark, zero-width and direction characters, byte-order mark, tags, lone halves of a pair.
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/u;

function drawn(character) {
  const code = character.codePointAt(0);
  if (character === '\n') return '↵';
  if (character === '\t') return '⇥';
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return '‹' + code.toString(16).toUpperCase().padStart(4, '0') + '›';
}

/** The parts of a token's text: strings, and marks for what cannot be seen. With `breaks`, a newline also breaks. */
export function visible(text, breaks = false) {
  if (text === '') return [html`<i class="unseen">∅</i>`];
  if (/^ +$/.test(text)) return [html`<i class="unseen">${'·'.repeat(text.length)}</i>`];
  if (!UNSEEN.test(text)) return [text];
  const parts = [];
  let plain = '';
  for (const character of text) {
    if (!UNSEEN.test(character)) {
      plain += character;
      continue;
    }
    if (plain) parts.push(plain);
    plain = '';
    parts.push(html`<i class="unseen">${drawn(character)}</i>`);
    if (character === '\n' && breaks) parts.push('\n');
  }
  if (plain) parts.push(plain);
  return parts;
}

/** A token's text on one line for titles, labels for screen readers and file names. */
export function plain(text) {
  if (text === '') return '∅';
  let out = '';
  for (const character of text) out += UNSEEN.test(character) ? drawn(character) : character;
  return out;
}

/** A token standing by itself: its leading space is drawn too. */
export function TokenChip({ text }) {
  const lead = /^ +/.exec(text)?.[0].length ?? 0;
  const whole = lead === text.length;
  return html`<bdi class="token-chip"
    >${lead > 0 && !whole && html`<i class="unseen">${'·'.repeat(lead)}</i>`}${visible(whole ? text : text.slice(lead))}</bdi
  >`;
}

/** One token of an example. `data-*` say where it stands on the activation axis, for the linked hover. */
export function Token({ text, activation, max, bin, peak, breaks }) {
  if (!(activation > 0)) return html`<bdi class="tk">${visible(text, breaks)}</bdi>`;
  return html`<bdi
    class=${`tk ${rampClass(activation, max)}${peak ? ' peak' : ''}`}
    data-act=${activation}
    data-bin=${bin}
    title=${`“${plain(text)}” ${number(activation)}`}
    >${visible(text, breaks)}</bdi
  >`;
}

/**
 * One example on a line of its own with its strongest token at a fixed place, as in a concordance: the eye
 * compares what stands before and after.
 */
export function Concordance({ example, max, binOf, around = 24 }) {
  const { tokens, activations, peak } = example;
  const from = Math.max(0, peak - around);
  const to = Math.min(tokens.length, peak + 1 + Math.ceil(around * 1.25));
  const part = (start, end) => {
    const list = [];
    for (let i = start; i < end; i++)
      list.push(
        html`<${Token} key=${i} text=${tokens[i]} activation=${activations[i]} max=${max} peak=${i === peak} bin=${binOf?.(activations[i])} />`,
      );
    return list;
  };
  return html`<span class="kwic">
    <span class="kwic-left"><span>${part(from, peak)}</span></span>
    <span class="kwic-right"><span>${part(peak, to)}</span></span>
  </span>`;
}

/** A whole context, wrapped, newlines breaking. */
export function FullContext({ example, max, binOf }) {
  const { tokens, activations, peak } = example;
  return html`<span class="context"
    >${tokens.map(
      (text, i) =>
        html`<${Token} key=${i} text=${text} activation=${activations[i]} max=${max} peak=${i === peak} breaks=${true} bin=${binOf?.(activations[i])} />`,
    )}</span
  >`;
}
