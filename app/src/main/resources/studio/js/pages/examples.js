/** The examples: the strongest first, then some from each interval of the axis, highest interval first. */
import { html, useEffect, useState } from '../../vendor/preact-htm.js';
import { count, number, of } from '../format.js';
import { Concordance, FullContext } from '../tokens.js';

export function Examples({ feature, full, onToggle }) {
  const max = feature.max_activation;
  const bins = feature.histogram.counts.length;
  const binOf = (activation) => (activation > 0 ? Math.min(bins - 1, Math.floor((activation / max) * bins)) : undefined);
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
      ${list.map((e) => html`<${Example} key=${e.id} example=${e} max=${max} binOf=${binOf} full=${full !== open.has(e.id)} onFlip=${() => flip(e.id)} />`)}
    </ol>`;
  return html`<section class="examples-all" aria-label="Examples">
    <div class="examples-bar">
      <h2>Examples</h2>
      <div class="segments" role="group" aria-label="How much context">
        <button type="button" aria-pressed=${!full} onClick=${() => full && onToggle()}>Snippets</button>
        <button type="button" aria-pressed=${full} onClick=${() => !full && onToggle()}>Full contexts</button>
      </div>
    </div>
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
  </section>`;
}

function Example({ example, max, binOf, full, onFlip }) {
  return html`<li class=${'example' + (full ? ' full' : '')} data-example=${example.id} data-peak=${example.activation}>
    <button type="button" class="example-value" onClick=${onFlip} aria-expanded=${full} title=${full ? 'Show the snippet' : 'Show the full context'}>
      ${number(example.activation)}
    </button>
    ${full ? html`<${FullContext} example=${example} max=${max} binOf=${binOf} />` : html`<${Concordance} example=${example} max=${max} binOf=${binOf} />`}
    <span class="example-source" title=${source(example)}>${source(example)}</span>
  </li>`;
}

const source = (e) => [e.document, e.split === 'held_out' ? 'held out' : e.split].filter(Boolean).join(', ');
