/**
 * Tokens as text and never as markup. What cannot be seen is drawn: a newline as ↵, a tab as ⇥, and control,
 * direction and zero-width characters by their code point. Each token is isolated for the bidirectional algorithm,
 * so that right-to-left text cannot reorder its neighbours; a very long one is cut in the middle, and says so.
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
  return '‹' + code.toString(16).toUpperCase().padStart(4, '0') + '›';
}

// A joiner or a selector after a pictograph belongs to it: 👩‍🚀 is one picture.
const PICTOGRAPH = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]/u;
const LONGEST = 240;

const unseen = (character, before) => UNSEEN.test(character) && !(character === '\u200d' && PICTOGRAPH.test(before));

function shortened(text) {
  if (text.length <= LONGEST) return text;
  const end = 40;
  return `${text.slice(0, LONGEST - end).toWellFormed()} … ${text.length - LONGEST} more characters … ${text.slice(-end).toWellFormed()}`;
}

/** The parts of a token's text: strings, and marks for what cannot be seen. With `breaks`, a newline also breaks. */
export function visible(text, breaks = false) {
  if (text === '') return [html`<i class="unseen">∅</i>`];
  if (/^ +$/.test(text)) return [html`<i class="unseen">${'·'.repeat(text.length)}</i>`];
  const shown = shortened(text);
  if (!UNSEEN.test(shown)) return [shown];
  const parts = [];
  let plain = '';
  let before = '';
  for (const character of shown) {
    const hidden = unseen(character, before);
    before = character;
    if (!hidden) {
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

/** A piece of running text: breaks are breaks and spaces spaces; what else cannot be seen is drawn. */
export function prose(text) {
  return text.split('\n').flatMap((line, i) => [...(i ? ['\n'] : []), ...(/^[ ]*$/.test(line) ? [line] : visible(line))]);
}

/** A token's text on one line for titles, labels for screen readers and file names. */
export function plain(text) {
  if (text === '') return '∅';
  let out = '';
  for (const character of shortened(text)) out += UNSEEN.test(character) ? drawn(character) : character;
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

/** How strongly leaving the feature out here changes the next token's loss, as a class: helps or hurts, 1 to 3. */
export function causalClass(effect) {
  const change = effect?.next?.loss_change ?? 0;
  const size = Math.abs(change);
  if (size < 0.01) return '';
  return ` ${change > 0 ? 'helps' : 'hurts'}${size < 0.1 ? 1 : size < 1 ? 2 : 3}`;
}

/**
 * One token of an example. `data-*` say where it stands on the activation axis, for the linked hover; `at` is its
 * place in the example, for the card that then says the rest. A plain function: a list of features has thousands.
 */
function token({ key, text, activation, max, bin, peak, breaks, at, effect }) {
  if (!(activation > 0)) return html`<bdi key=${key} class="tk">${visible(text, breaks)}</bdi>`;
  return html`<bdi
    key=${key}
    class=${`tk ${rampClass(activation, max)}${peak ? ' peak' : ''}${causalClass(effect)}`}
    data-act=${activation}
    data-bin=${bin}
    data-at=${at}
    title=${at === undefined ? `“${plain(text)}” ${number(activation)}` : undefined}
    >${visible(text, breaks)}</bdi
  >`;
}

/**
 * One example on a line of its own with its strongest token at a fixed place, as in a concordance: the eye
 * compares what stands before and after.
 */
export function Concordance({ example, max, binOf, effects, around = 24 }) {
  const { tokens, activations, peak } = example;
  const from = Math.max(0, peak - around);
  const to = Math.min(tokens.length, peak + 1 + Math.ceil(around * 1.25));
  const part = (start, end) => {
    const list = [];
    for (let i = start; i < end; i++)
      list.push(
        token({ key: i, text: tokens[i], activation: activations[i], max, peak: i === peak, bin: binOf?.(activations[i]), at: binOf && i, effect: effects?.[i] }),
      );
    return list;
  };
  return html`<span class="kwic">
    <span class="kwic-left"><span>${part(from, peak)}</span></span>
    <span class="kwic-right"><span>${part(peak, to)}</span></span>
  </span>`;
}

/** A whole context, wrapped, newlines breaking. */
export function FullContext({ example, max, binOf, effects }) {
  const { tokens, activations, peak } = example;
  return html`<span class="context"
    >${tokens.map((text, i) =>
      token({ key: i, text, activation: activations[i], max, peak: i === peak, breaks: true, bin: binOf?.(activations[i]), at: binOf && i, effect: effects?.[i] }),
    )}</span
  >`;
}
