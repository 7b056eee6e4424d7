/** Clean URLs over the history API: every state of a page is in its path and query. */
import { useEffect, useState } from '../vendor/preact-htm.js';

const listeners = new Set();
let list = '/';
const framed = window.top !== window;

/** The list as it was last seen, filters and page included: where "up" leads. */
export const lastList = () => list;

export function here() {
  if (location.pathname === '/') list = location.pathname + location.search;
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** Goes to a URL of the studio; `replace` keeps the back button meaningful while a filter is dragged or typed. */
export function go(url, { replace = false, keepScroll = false } = {}) {
  if (url === location.pathname + location.search) return;
  if (framed && new URL(url, location.href).searchParams.get('embed') !== '1') {
    // The page in a frame stays what was let in there; the studio itself opens beside it.
    open(url, '_blank', 'noopener');
    return;
  }
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  if (!keepScroll) scrollTo(0, 0);
  listeners.forEach((listener) => listener());
}

/** The URL of this page with some of its query's values changed; an empty value leaves. */
export function withQuery(changes) {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || value === null || value === '') query.delete(key);
    else query.set(key, String(value));
  }
  const text = query.toString();
  return location.pathname + (text ? '?' + text : '');
}

export function useLocation() {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const update = () => setPlace(here());
    listeners.add(update);
    addEventListener('popstate', update);
    return () => {
      listeners.delete(update);
      removeEventListener('popstate', update);
    };
  }, []);
  return place;
}

/** Turns ordinary clicks on our own links into moves without a reload. */
export function followLinks() {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    const link = event.target.closest?.('a[href]');
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
    if (link.getAttribute('href').startsWith('#') || link.pathname.startsWith('/api/')) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
