/** Small parts that several pages share. */
import { html, useEffect, useLayoutEffect, useRef } from '../vendor/preact-htm.js';
import { STEPS } from './ramp.js';
import { percent } from './format.js';

/** The legend of the activation ramp; it states the scale. */
export function RampLegend({ from = '0', to, note }) {
  return html`<div class="legend" role="img" aria-label=${`Colour scale from ${from} to ${to}, linear. ${note ?? ''}`}>
    <span>${from}</span>
    <span class="legend-steps">${Array.from({ length: STEPS }, (_, i) => html`<i class=${'a' + (i + 1)}></i>`)}</span>
    <span>${to}</span>
    ${note && html`<span class="legend-note">${note}</span>`}
  </div>`;
}

/** Density on a logarithmic bar from 1e-6 to 1. */
export const DENSITY_DECADES = 6;

export function DensityBar({ density }) {
  const share = density > 0 ? Math.max(0.02, 1 + Math.log10(density) / DENSITY_DECADES) : 0;
  return html`<span class="density">
    <span class="density-number">${percent(density)}</span>
    <span class="density-track" aria-hidden="true"><i style=${{ width: `${Math.min(1, share) * 100}%` }}></i></span>
  </span>`;
}

export function Problem({ error }) {
  return html`<p class="problem" role="alert">${error.message}</p>`;
}

/** Calls `handlers[event.key]` unless the person is typing in a field. */
export function useKeys(handlers) {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    const press = (event) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      if (document.querySelector('dialog[open]')) return;
      if (event.target.closest?.('input:not([type=range]):not([type=checkbox]), textarea, select')) return;
      if (event.target.type === 'range' && event.key.startsWith('Arrow')) return;
      const handler = latest.current[event.key];
      if (handler) {
        event.preventDefault();
        handler(event);
      }
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

/** Rows that `j`, `k` and the arrows go through: links with the class `row` below `box`; new `data` begins anew. */
export function useRows(data) {
  const box = useRef(null);
  const at = useRef(-1); // a ref and not a state: a fast key must see where the last one went
  useLayoutEffect(() => { // before the next key: an effect after the paint may come behind it
    at.current = -1;
  }, [data]);
  const move = (by) => {
    const links = box.current?.querySelectorAll('a.row') ?? [];
    if (!links.length) return;
    at.current = Math.max(0, Math.min(links.length - 1, at.current + by));
    links[at.current].focus();
  };
  const next = () => move(1);
  const previous = () => move(-1);
  return { box, focused: (i) => (at.current = i), keys: { j: next, k: previous, ArrowDown: next, ArrowUp: previous } };
}

export function useTitle(title) {
  useEffect(() => {
    document.title = title ? `${title} · Sememe` : 'Sememe studio';
  }, [title]);
}
