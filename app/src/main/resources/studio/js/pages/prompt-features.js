/** The ranked features of the prompt page: of one token, and of the whole text. */
import { html } from '../../vendor/preact-htm.js';
import { number, of, percent, signed } from '../format.js';
import { rampClass } from '../ramp.js';
import { TokenChip, plain } from '../tokens.js';

/**
 * How features of a token or a text are ordered; `quantile` is absent where one never fired in the index, and `loss`,
 * how much leaving it out raises the loss of the next token, where it was not measured.
 */
export const ORDERS = {
  activation: (a, b) => b.activation - a.activation,
  relative: (a, b) => b.activation / b.max_activation - a.activation / a.max_activation,
  quantile: (a, b) => (b.quantile ?? 1) - (a.quantile ?? 1) || b.activation - a.activation,
  rarest: (a, b) => a.density - b.density,
  loss: (a, b) => (b.loss ?? -Infinity) - (a.loss ?? -Infinity) || b.activation - a.activation,
};

/** What `/api/prompt` answered with what `/api/prompt/effects` did: each feature's `loss`, over the text their sum. */
export function withEffects(data, effects) {
  if (!effects) return data;
  const sums = new Map();
  const tokens = data.tokens.map((token, i) => {
    const losses = new Map(effects.tokens[i]?.map((e) => [e.latent, e.loss_change]));
    losses.forEach((loss, latent) => sums.set(latent, (sums.get(latent) ?? 0) + loss));
    return { ...token, features: token.features.map((f) => ({ ...f, loss: losses.get(f.latent) })) };
  });
  return { ...data, tokens, features: data.features.map((f) => ({ ...f, loss: sums.get(f.latent) })) };
}

function OrderChoice({ order, onOrder }) {
  return html`<label class="field"><span>Order</span>
    <select value=${order} onChange=${(e) => onOrder(e.target.value)}>
      <option value="activation">Activation</option>
      <option value="relative">Share of maximum</option>
      <option value="quantile">Quantile</option>
      <option value="rarest">Rarest first</option>
      <option value="loss">Loss effect</option>
    </select>
  </label>`;
}

/** Where this activation stands among all of the feature's. */
const quantile = (f) => (f.quantile === undefined ? '' : `, above ${percent(f.quantile)} of its activations`);

/** What leaving it out does to the loss of the next token. */
const loss = (f) => (f.loss === undefined ? '' : html`<span class="loss">${signed(f.loss)} nats without it, </span>`);

const Label = ({ feature }) =>
  html`<span class="row-label">${feature.top_tokens.length ? feature.top_tokens.slice(0, 4).map((t) => html`<${TokenChip} text=${t} />`) : html`<em>no label</em>`}</span>`;

export function TokenFeatures({ token, index, order, onOrder, onBack, onHover }) {
  const list = [...token.features].sort(ORDERS[order]);
  return html`
    <div class="panel-head">
      <h2>Token ${index + 1} <${TokenChip} text=${token.text} /></h2>
      <${OrderChoice} order=${order} onOrder=${onOrder} />
      <button type="button" class="plain" onClick=${onBack}>Whole text</button>
    </div>
    ${list.length === 0 && html`<p class="nothing">${token.excluded ? 'The first position is an attention sink: it is left out, as it was in training.' : 'No feature is active here.'}</p>`}
    <ol class="ranked">
      ${list.map(
        (f) => html`<li key=${f.latent} onMouseEnter=${() => onHover(f.latent)} onMouseLeave=${() => onHover(undefined)}>
          <a href=${'/feature/' + f.latent}>
            <span class="row-id">${f.latent}</span>
            <${Label} feature=${f} />
            <span class="ranked-bar" title="share of the feature’s maximum"><i class=${rampClass(f.activation, f.max_activation)} style=${{ width: `${Math.min(100, (100 * f.activation) / f.max_activation)}%` }}></i></span>
            <span class="ranked-numbers"><b>${number(f.activation)}</b><small>${loss(f)}${percent(f.activation / f.max_activation)} of max${quantile(f)}, density ${percent(f.density)}</small></span>
          </a>
        </li>`,
      )}
    </ol>`;
}

export function WholePrompt({ data, order, onOrder, traced, onHover, onTrace }) {
  const list = [...data.features].sort(ORDERS[order]);
  return html`
    <div class="panel-head">
      <h2>Strongest over the text</h2>
      <${OrderChoice} order=${order} onOrder=${onOrder} />
    </div>
    <p class="card-note">Each strip is the text from left to right. Click a strip to keep its feature on the grid.</p>
    <ol class="ranked whole">
      ${list.map(
        (f) => html`<li key=${f.latent} class=${f.latent === traced ? 'traced' : ''} onMouseEnter=${() => onHover(f.latent)} onMouseLeave=${() => onHover(undefined)}>
          <a href=${'/feature/' + f.latent}>
            <span class="row-id">${f.latent}</span>
            <${Label} feature=${f} />
            <span class="ranked-numbers"><b>${number(f.activation)}</b><small>${loss(f)}${of(f.active_tokens, 'token')}${quantile(f)}, density ${percent(f.density)}</small></span>
          </a>
          <button type="button" class="heat" aria-pressed=${f.latent === traced} aria-label=${`Trace feature ${f.latent} on the grid`} onClick=${() => onTrace(f.latent)}>
            ${f.activations.map((a, i) => html`<i class=${rampClass(a, f.max_activation)} title=${a > 0 ? `${plain(data.tokens[i].text)} ${number(a)}` : undefined}></i>`)}
          </button>
        </li>`,
      )}
    </ol>`;
}
