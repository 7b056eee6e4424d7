/**
 * The one activation scale of the studio: linear from 0 to the feature's maximum, in nine steps of one
 * sequential, colour-blind-safe ramp (classes `a1` to `a9`; no class at 0). The colours are in base.css.
 */
export const STEPS = 9;

export function step(activation, max) {
  if (!(activation > 0) || !(max > 0)) return 0;
  return Math.min(STEPS, 1 + Math.floor((activation / max) * STEPS));
}

export const rampClass = (activation, max) => {
  const s = step(activation, max);
  return s ? 'a' + s : '';
};
