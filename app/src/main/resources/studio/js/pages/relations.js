/** What a feature fires on, by token; the features whose decoder directions are nearest; and those that fire with it. */
import { html } from '../../vendor/preact-htm.js';
import { useApi } from '../api.js';
import { Problem } from '../components.js';
import { count, number, of, percent, times } from '../format.js';
import { TokenChip } from '../tokens.js';

export function TokenStatistics({ feature }) {
  const rows = feature.token_statistics;
  if (!rows.length) return null;
  return html`<section class="card">
    <h2>Tokens it fires on</h2>
    <p class="card-note">Share of its ${of(feature.active_tokens, 'activation')}; lift over the token’s rate in ${of(feature.tokens, 'token')}.</p>
    <table class="token-table">
      <thead><tr><th scope="col">Token</th><th scope="col">Share</th><th scope="col">n</th><th scope="col">Lift</th><th scope="col" title="The token’s count in the indexed text">In text</th></tr></thead>
      <tbody>
        ${rows.map(
          (t) => html`<tr>
            <th scope="row"><${TokenChip} text=${t.token} /></th>
            <td class="share"><span class="share-track" aria-hidden="true"><i style=${{ width: `${100 * t.share}%` }}></i></span>${percent(t.share)}</td>
            <td>${count(t.count)}</td>
            <td>${times(t.lift)}</td>
            <td>${count(t.base_count)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

export function Neighbours({ neighbours }) {
  if (!neighbours.length) return null;
  return html`<section class="card">
    <h2>Nearest features</h2>
    <p class="card-note">By cosine of decoder directions.</p>
    <ol class="neighbours">
      ${neighbours.map((n) => html`<li><${Near} href=${'/feature/' + n.latent} row=${n} cosine=${n.cosine} /></li>`)}
    </ol>
  </section>`;
}

/** The features that fire on the same tokens; an index of before they were counted does not say. */
export function Together({ coactivation }) {
  if (!coactivation)
    return html`<section class="card together"><h2>Fires together with</h2><p class="card-note">Not in this index: build it again with <code>sememe index</code>.</p></section>`;
  const { partners, active, tokens } = coactivation;
  return html`<section class="card together">
    <h2>Fires together with</h2>
    <p class="card-note">By φ, the correlation of firing: 0 if independent. Shared tokens, of its ${count(active)} in ${of(tokens, 'token')}, and what chance gives.</p>
    ${!partners.length && html`<p>Nothing more often than by chance.</p>`}
    <ol class="neighbours">
      ${partners.map((p) => html`<li><${Near} href=${'/feature/' + p.latent} row=${p} cosine=${p.phi} shared=${`${count(p.together)} shared, ${number(p.expected)} by chance`} /></li>`)}
    </ol>
  </section>`;
}

/** The nearest feature of the dictionary that this one is compared with. */
export function Elsewhere({ latent }) {
  const { data, error, loading } = useApi('/api/comparison/partners/' + latent);
  return html`<section class=${'card elsewhere' + (loading && data ? ' stale' : '')}>
    <h2>Nearest in the other dictionary</h2>
    <p class="card-note">By cosine of decoder directions; see <a href="/compare">both dictionaries</a> for what chance gives.</p>
    ${error && html`<${Problem} error=${error} />`}
    ${!data && loading && html`<p class="working" role="status">Comparing the decoders of both dictionaries…</p>`}
    ${data && html`<ol class="neighbours"><li><${Near} href=${`/compare?a=${data.here.latent}&other=${data.there.latent}`} row=${data.there} cosine=${data.cosine} /></li></ol>`}
  </section>`;
}

const Near = ({ href, row, cosine, shared }) => html`<a href=${href}>
  <span class="row-id">${row.latent}</span>
  <span class="row-label">${row.top_tokens.length ? row.top_tokens.slice(0, 3).map((t) => html`<${TokenChip} text=${t} />`) : html`<em>dead</em>`}</span>
  <span class="effect-track" aria-hidden="true"><i class=${cosine < 0 ? 'negative' : ''} style=${{ width: `${100 * Math.min(1, Math.abs(cosine))}%` }}></i></span>
  <span class="cosine">${number(cosine)}</span>
  ${shared && html`<small class="shared">${shared}</small>`}
</a>`;
