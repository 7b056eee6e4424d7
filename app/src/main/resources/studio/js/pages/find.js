/** Search by what a feature means, or by example. */
import { html } from '../../vendor/preact-htm.js';
import { useTitle } from '../components.js';
import { FindByExample } from './find-example.js';
import { FindByMeaning } from './find-meaning.js';

const WAYS = [
  ['meaning', 'By meaning', '/find?by=meaning'],
  ['example', 'By example', '/find'],
];

export function FindPage({ query, dictionary, meaning }) {
  const by = query.get('by') === 'meaning' ? 'meaning' : 'example';
  useTitle(by === 'meaning' ? 'Find by meaning' : 'Find by example');
  return html`<main id="main" class="page find-page">
    <nav class="segments" aria-label="Ways to find features">
      ${WAYS.map(([key, name, url]) => html`<a href=${url} aria-current=${key === by ? 'page' : undefined}>${name}</a>`)}
    </nav>
    ${by === 'meaning' ? html`<${FindByMeaning} query=${query} there=${meaning} />` : html`<${FindByExample} query=${query} dictionary=${dictionary} />`}
  </main>`;
}
