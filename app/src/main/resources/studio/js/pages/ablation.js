/**
 * What the feature does at a token: a card beside the token that is pointed at (or whose example's value is focused),
 * and, underlined, how the next token's loss changes without the feature. Both ask the model, once for each example.
 */
import { html, useEffect, useRef, useState } from '../../vendor/preact-htm.js';
import { post } from '../api.js';
import { number, percent, signed } from '../format.js';
import { TokenChip } from '../tokens.js';

const PAUSE = 180; // ms on a token before the model is asked

/** Asks for an example's ablation once; `known` maps example ids to answers that are here. */
export function useAblations(latent) {
  const [known, setKnown] = useState(new Map());
  const asked = useRef(new Map());
  useEffect(() => {
    asked.current = new Map();
    setKnown(new Map());
  }, [latent]);
  const ask = (id) => {
    const pending = asked.current;
    if (!pending.has(id)) {
      const keep = (value) => pending === asked.current && setKnown((old) => new Map(old).set(id, value));
      pending.set(
        id,
        post(`/api/features/${latent}/ablation`, { example: id }).then(keep, (error) => keep({ error })),
      );
    }
    return pending.get(id);
  };
  return { known, ask };
}

/** With `on`, asks for the examples one after the other, in the page's order. */
export function useUnderline(on, examples, ask) {
  useEffect(() => {
    let going = on;
    (async () => {
      for (const example of examples) {
        if (!going) return;
        await ask(example.id);
      }
    })();
    return () => (going = false);
  }, [on, examples]);
}

/** Follows the pointer and the focus over the tokens below `root`: which one the card is for, and where. */
export function useTokenCard(root, onRest) {
  const [card, setCard] = useState();
  const timer = useRef();
  useEffect(() => {
    const page = root.current;
    if (!page) return undefined;
    const show = (token) => {
      clearTimeout(timer.current);
      const holder = token?.closest('[data-example], [data-text]');
      if (!token || !holder) return setCard(undefined);
      const box = token.getBoundingClientRect();
      const next = { example: holder.dataset.example, at: Number(token.dataset.at), act: Number(token.dataset.act), x: box.left, y: box.bottom, top: box.top };
      setCard(next);
      timer.current = setTimeout(() => onRest(next), PAUSE);
      return undefined;
    };
    const over = (event) => show(event.target.closest?.('.tk[data-at]'));
    const focus = (event) => {
      const value = event.target.closest?.('.example-value');
      if (value) show(value.closest('[data-example]').querySelector('.tk.peak'));
    };
    const out = (event) => event.type !== 'pointerout' || !page.contains(event.relatedTarget) ? show(undefined) : undefined;
    const escape = (event) => event.key === 'Escape' && show(undefined);
    const scroll = () => show(undefined);
    page.addEventListener('pointerover', over);
    page.addEventListener('pointerout', out);
    page.addEventListener('focusin', focus);
    page.addEventListener('focusout', out);
    page.addEventListener('keydown', escape);
    addEventListener('scroll', scroll, { passive: true });
    return () => {
      clearTimeout(timer.current);
      page.removeEventListener('pointerover', over);
      page.removeEventListener('pointerout', out);
      page.removeEventListener('focusin', focus);
      page.removeEventListener('focusout', out);
      page.removeEventListener('keydown', escape);
      removeEventListener('scroll', scroll);
    };
  }, []);
  return card;
}

export function TokenCard({ card, text, ablation, model }) {
  if (!card) return null;
  const width = Math.min(340, innerWidth - 24);
  const above = card.y > innerHeight * 0.62;
  const place = {
    left: `${Math.max(12, Math.min(card.x, innerWidth - width - 12))}px`,
    width: `${width}px`,
    ...(above ? { bottom: `${innerHeight - card.top + 8}px` } : { top: `${card.y + 8}px` }),
  };
  const effect = ablation?.tokens?.[card.at]?.effect;
  return html`<div class="token-card" role="tooltip" style=${place}>
    <p class="token-card-head"><${TokenChip} text=${text} /><b>${number(card.act)}</b></p>
    ${!model
      ? html`<p class="card-note">Without a model, what the feature does here is not known.</p>`
      : ablation?.error
        ? html`<p class="card-note">${ablation.error.message}</p>`
        : !ablation
          ? html`<p class="card-note">Asking the model…</p>`
          : effect
            ? html`<${Effect} effect=${effect} />`
            : html`<p class="card-note">Not measured here: the ${ablation.measured} strongest of ${ablation.active} active tokens are.</p>`}
  </div>`;
}

function Effect({ effect }) {
  const { next, raised, lowered } = effect;
  return html`
    ${next &&
    html`<p>Next <${TokenChip} text=${next.token} />: ${percent(next.before)} <span aria-label="becomes">→</span> ${percent(next.after)} without the feature; loss ${signed(next.loss_change)} nats</p>`}
    <div class="token-card-columns">
      <${Changes} name="Raised without it" side="raised" changes=${raised} />
      <${Changes} name="Lowered without it" side="lowered" changes=${lowered} />
    </div>`;
}

const Changes = ({ name, side, changes }) =>
  html`<div class=${'logits ' + side}>
    <h3>${name}</h3>
    <ol>${changes.map((c) => html`<li><${TokenChip} text=${c.token} /><span>${percent(c.before)} → ${percent(c.after)}</span></li>`)}</ol>
  </div>`;
