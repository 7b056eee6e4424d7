/**
 * The linked hover of a feature page. Pointing at (or focusing) anything that has a place on the activation axis,
 * an example, a token, a bin, an interval, marks that place on the axis and everything else that stands there.
 * It changes classes on what is already there and renders nothing anew, so it is as quick as the pointer.
 */
import { useEffect, useRef } from '../../vendor/preact-htm.js';
import { count, number, percent } from '../format.js';

export function useLinked(feature) {
  const root = useRef(null);
  const plot = useRef(null);
  const readout = useRef(null);

  const goTo = (interval) => {
    const group = document.getElementById('interval-' + interval);
    if (!group) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    group.scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'start' });
    group.querySelector('h3')?.focus({ preventScroll: true });
  };

  useEffect(() => {
    const page = root.current;
    if (!page || !plot.current) return undefined;
    let marked = [];
    let now;
    const max = feature.max_activation;
    const bins = feature.histogram.counts;
    const total = bins.reduce((a, b) => a + b, 0);
    const binOf = (activation) => Math.min(bins.length - 1, Math.floor((activation / max) * bins.length));
    const mark = (element, name) => {
      element.classList.add(name);
      marked.push([element, name]);
    };
    const clear = () => {
      for (const [element, name] of marked) element.classList.remove(name);
      marked = [];
      page.classList.remove('linking', 'pointing');
      if (readout.current) readout.current.textContent = '';
    };
    /** Marks the tokens and examples whose activation is in the bins that [low, high) covers. */
    const range = (low, high) => {
      const first = binOf(low);
      const last = Math.max(first, Math.min(bins.length - 1, Math.ceil((high / max) * bins.length - 1e-9) - 1));
      for (let b = first; b <= last; b++)
        for (const element of page.querySelectorAll(`[data-bin="${b}"]`)) mark(element, 'lit');
      for (const element of page.querySelectorAll('[data-peak]')) {
        const peak = Number(element.dataset.peak);
        if (peak >= low && (peak < high || high >= max * 0.9999)) mark(element, 'lit');
      }
      let n = 0;
      for (let b = first; b <= last; b++) n += bins[b];
      return n;
    };
    const point = (activation, exampleId) => {
      page.classList.add('pointing');
      plot.current.style.setProperty('--needle', `${(100 * activation) / max}%`);
      const b = binOf(activation);
      for (const element of page.querySelectorAll(`[data-bin="${b}"]`)) mark(element, 'lit');
      for (const element of page.querySelectorAll('.axis-intervals [data-range]')) {
        const [low, high] = element.dataset.range.split(' ').map(Number);
        if (activation >= low && (activation < high || high >= max * 0.9999)) mark(element, 'lit');
      }
      if (exampleId !== undefined)
        for (const element of page.querySelectorAll(`[data-example="${exampleId}"]`)) mark(element, 'lit-one');
      readout.current.textContent = `${number(activation)}, ${percent(activation / max)} of the maximum`;
    };
    const answer = (target) => {
      if (target === now) return;
      now = target;
      clear();
      if (!target) return;
      const example = target.closest('[data-example]');
      if (target.dataset.act) point(Number(target.dataset.act), example?.dataset.example);
      else if (target.dataset.range) {
        const [low, high] = target.dataset.range.split(' ').map(Number);
        page.classList.add('linking');
        mark(target, 'lit');
        const n = range(low, high);
        const here = target.dataset.count === undefined ? n : Number(target.dataset.count);
        readout.current.textContent = `${number(low)} to ${number(high)}: ${count(here)} of ${count(total)} tokens (${percent(here / total)})`;
      } else if (example) {
        const peak = example.dataset.peak ?? page.querySelector(`[data-peak][data-example="${example.dataset.example}"]`)?.dataset.peak;
        point(Number(peak), example.dataset.example);
      }
    };
    const linked = (event) => event.target.closest?.('[data-act], [data-range], [data-example]');
    const over = (event) => answer(linked(event));
    const out = (event) => {
      if (!page.contains(event.relatedTarget)) answer(undefined);
    };
    page.addEventListener('pointerover', over);
    page.addEventListener('pointerout', out);
    page.addEventListener('focusin', over);
    page.addEventListener('focusout', out);
    return () => {
      clear();
      page.removeEventListener('pointerover', over);
      page.removeEventListener('pointerout', out);
      page.removeEventListener('focusin', over);
      page.removeEventListener('focusout', out);
    };
  }, [feature]);

  return { root, plot, readout, goTo };
}
