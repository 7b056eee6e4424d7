/** The studio: a frame with a header, and one page below it, chosen by the path. */
import { html, render, useEffect, useRef, useState } from '../vendor/preact-htm.js';
import { get } from './api.js';
import { Problem, useKeys } from './components.js';
import { HelpDialog } from './help.js';
import { ListPage } from './pages/list.js';
import { FeaturePage } from './pages/feature.js';
import { FindPage } from './pages/find.js';
import { DrawPage } from './pages/draw.js';
import { ComparePage } from './pages/compare.js';
import { MapPage } from './pages/map.js';
import { PromptPage } from './pages/prompt.js';
import { SteerPage } from './pages/steer.js';
import { SweepPage } from './pages/sweep.js';
import { TrainingPage } from './pages/training.js';
import { followLinks, go, useLocation } from './router.js';
import { currentTheme, toggleTheme } from './theme.js';

/** The icon where the page has it, so that a browser keeps it for good. */
const ICON = document.querySelector('link[rel=icon]').href;

function Page({ path, query, dictionary, contents }) {
  const feature = /^\/feature\/(\d+)\/?$/.exec(path);
  if (feature) return html`<${FeaturePage} latent=${Number(feature[1])} query=${query} dictionary=${dictionary} comparison=${contents.comparison} />`;
  if (path === '/prompt') return html`<${PromptPage} query=${query} dictionary=${dictionary} />`;
  if (path === '/find') return html`<${FindPage} query=${query} dictionary=${dictionary} meaning=${contents.meaning} />`;
  if (path === '/compare') return html`<${ComparePage} query=${query} dictionary=${dictionary} comparison=${contents.comparison} />`;
  if (path === '/map') return html`<${MapPage} query=${query} dictionary=${dictionary} there=${contents.map} />`;
  if (path === '/steer') return html`<${SteerPage} query=${query} dictionary=${dictionary} />`;
  if (path === '/') return html`<${ListPage} query=${query} dictionary=${dictionary} />`;
  return html`<main id="main" class="page"><p class="problem">There is no page ${path} here. <a href="/">All features</a></p></main>`;
}

/** What needs no dictionary, or a page of the dictionary. */
function Body({ path, query, contents }) {
  if (path === '/sweep' && contents.sweep) return html`<${SweepPage} query=${query} />`;
  if (path === '/training' && contents.runs) return html`<${TrainingPage} query=${query} />`;
  if (path === '/draw' && contents.pictures) return html`<${DrawPage} query=${query} />`;
  if (!contents.features) return html`<main id="main" class="page"><p class="problem">This studio shows ${contents.sweep ? 'a sweep' : contents.pictures ? 'networks that draw' : 'runs'}, no one dictionary. <a href="/">What it shows</a></p></main>`;
  return html`<${Page} path=${path} query=${query} dictionary=${contents.dictionary} contents=${contents} />`;
}

function Header({ path, theme, onTheme, onHelp, dictionary, contents }) {
  const current = (here) => (here ? 'page' : undefined);
  return html`<header class="top">
    <a class="skip" href="#main">Skip to content</a>
    <a class="brand" href="/"><img src=${ICON} width="26" height="26" alt="" /><b>Sememe</b></a>
    <span class="where" title=${`${dictionary?.model ?? ''} ${dictionary?.hook ?? ''}`}
      ><span>${dictionary?.model ?? ' '}</span><span class="mono">${dictionary?.hook ?? ''}</span></span
    >
    <nav aria-label="Pages">
      ${contents?.features !== false && html`<a href="/" aria-current=${current(path === '/' || path.startsWith('/feature'))}>Features</a>
        <a href="/find" aria-current=${current(path === '/find')}>Find</a>
        <a href="/map" aria-current=${current(path === '/map')}>Map</a>
        <a href="/compare" aria-current=${current(path === '/compare')}>Compare</a>
        <a href="/prompt" aria-current=${current(path === '/prompt')}>Prompt</a>
        <a href="/steer" aria-current=${current(path === '/steer')}>Steer</a>`}
      ${contents?.sweep && html`<a href="/sweep" aria-current=${current(path === '/sweep')}>Sweep</a>`}
      ${contents?.pictures && html`<a href="/draw" aria-current=${current(path === '/draw')}>Draw</a>`}
      ${contents?.runs && html`<a href="/training" aria-current=${current(path === '/training')}>Training</a>`}
    </nav>
    <button class="icon" type="button" onClick=${onTheme} aria-label=${`Use the ${theme === 'dark' ? 'light' : 'dark'} theme`} title="Theme (t)">
      ${theme === 'dark' ? '☀' : '☾'}
    </button>
    <button class="icon" type="button" onClick=${onHelp} aria-label="Help and keyboard" title="Help (?)">?</button>
  </header>`;
}

function Studio({ contents, error }) {
  const { path, query } = useLocation();
  const dictionary = contents?.dictionary;
  const embedded = query.get('embed') === '1'; // the page alone, as a picture or a small window wants it
  // Without features, the first page is what there is.
  const shown = contents && !contents.features && path === '/' ? (contents.sweep ? '/sweep' : contents.pictures ? '/draw' : '/training') : path;
  const [theme, setTheme] = useState(currentTheme);
  const help = useRef(null);
  const openHelp = () => help.current?.showModal();
  const switchTheme = () => setTheme(toggleTheme());
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setTheme(currentTheme());
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, []);
  useKeys({ '?': openHelp, t: switchTheme, p: () => contents?.features && go('/prompt'), ...(path.startsWith('/feature') ? {} : { s: () => contents?.features && go('/steer') }) });
  return html`
    ${!embedded && html`<${Header} path=${shown ?? path} theme=${theme} onTheme=${switchTheme} onHelp=${openHelp} dictionary=${dictionary} contents=${contents} />`}
    ${error && html`<div class="page"><${Problem} error=${error} /></div>`}
    ${contents && html`<${Body} path=${shown} query=${query} contents=${contents} />`}
    <${HelpDialog} dialog=${help} dictionary=${dictionary} />
  `;
}

followLinks();
const show = (state) => render(html`<${Studio} ...${state} />`, document.getElementById('app'));
// The HTML has this asked for already, so that the first frame shows the page and no empty one comes before it.
get('/api/contents').then((contents) => show({ contents }), (error) => show({ error }));
