/** Steerings as words, as the page's URL and as the API's fields. The words are those of `sememe steer --feature`. */
export const MODES = [
  ['clamp', 'Clamp', 'the activation becomes the strength'],
  ['add', 'Add', 'the strength is added to the activation'],
  ['scale', 'Scale', 'the activation is multiplied'],
  ['ablate', 'Ablate', 'the activation becomes 0'],
  ['cap', 'Cap', 'the direction is limited to the strength'],
  ['orthogonal', 'Orthogonal', 'all along the direction is multiplied; 0 takes it out'],
];
export const UNITS = [
  ['max', '× maximum'],
  ['mean', '× mean'],
  ['raw', 'raw'],
];
export const WHERE = [
  ['prompt', 'Prompt'],
  ['reply', 'Reply'],
  ['both', 'Both'],
];

/** Modes whose strength is an activation; of the others it is a factor, or nothing. */
export const hasUnit = (mode) => mode === 'clamp' || mode === 'add' || mode === 'cap';
export const hasStrength = (mode) => mode !== 'ablate';

const WORD = /^(\d{1,9})(?:=([-+]?[\d.]+(?:e[-+]?\d+)?)(xmean|xmax|x|raw)?)?(?::([a-z]+))?$/i;

/** The steer that a word says, or undefined. */
export function parseSteer(word) {
  const match = WORD.exec(word);
  if (!match) return undefined;
  const mode = match[4] ?? 'clamp';
  if (!MODES.some(([key]) => key === mode)) return undefined;
  const strength = Number(match[2] ?? (hasStrength(mode) ? NaN : 0));
  if (!Number.isFinite(strength)) return undefined;
  const unit = { raw: 'raw', xmean: 'mean' }[match[3]] ?? 'max';
  return { latent: Number(match[1]), mode, strength, unit: hasUnit(mode) ? unit : 'raw' };
}

export function steerWord({ latent, mode, strength, unit }) {
  if (!hasStrength(mode)) return `${latent}:${mode}`;
  return `${latent}=${strength}${hasUnit(mode) ? { raw: 'raw', max: 'x', mean: 'xmean' }[unit] : ''}:${mode}`;
}

/** A steer's strength as an activation; undefined while the feature's maximum is not known. */
export function rawStrength({ mode, strength, unit }, feature) {
  if (!hasUnit(mode)) return undefined;
  if (unit === 'raw') return strength;
  const scale = unit === 'max' ? feature?.max_activation : feature?.mean_activation;
  return scale > 0 ? strength * scale : undefined;
}

const within = (text, low, high, otherwise) => {
  const value = Number(text);
  return text !== null && text !== '' && Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : otherwise;
};

/** What the page's URL says. A latent twice counts once. */
export function readState(query) {
  const steers = [];
  for (const word of query.getAll('f')) {
    const steer = parseSteer(word);
    if (steer && !steers.some((s) => s.latent === steer.latent)) steers.push(steer);
  }
  return {
    prompt: query.get('text') ?? '',
    chat: query.get('mode') === 'chat',
    steers,
    where: WHERE.some(([key]) => key === query.get('where')) ? query.get('where') : 'both',
    sinks: query.get('sinks') === '1',
    temperature: within(query.get('t'), 0, 10, 0.7),
    seed: Math.round(within(query.get('seed'), 0, 1e9, 0)),
    length: Math.round(within(query.get('n'), 1, 512, 60)),
  };
}

/** The page's URL in this state; with `run`, opening it shows the replies. */
export function stateUrl(state, run) {
  const query = new URLSearchParams();
  for (const steer of state.steers) query.append('f', steerWord(steer));
  if (state.prompt) query.set('text', state.prompt);
  if (state.chat) query.set('mode', 'chat');
  if (state.where !== 'both') query.set('where', state.where);
  if (state.sinks) query.set('sinks', '1');
  if (state.temperature !== 0.7) query.set('t', state.temperature);
  if (state.seed) query.set('seed', state.seed);
  if (state.length !== 60) query.set('n', state.length);
  if (run) query.set('run', '1');
  const text = query.toString();
  return '/steer' + (text ? '?' + text : '');
}

/** What the API is asked. */
export function steeringFields(state) {
  return {
    steers: state.steers.map(({ latent, mode, strength, unit }) => ({
      latent,
      mode,
      ...(hasStrength(mode) ? { strength } : {}),
      ...(hasUnit(mode) ? { unit } : {}),
    })),
    where: state.where,
    sinks: state.sinks,
  };
}

export function requestFields(state) {
  return {
    prompt: state.prompt,
    chat: state.chat,
    ...steeringFields(state),
    temperature: state.temperature,
    seed: state.seed,
    max_new_tokens: state.length,
  };
}
