/** The studio's JSON API. An error carries the server's one clear line. */
import { useLayoutEffect, useState } from '../vendor/preact-htm.js';

async function reach(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The studio does not answer: is `sememe studio` still running?');
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.error ?? `The studio answered ${response.status}.`);
}

async function ask(url, options) {
  return (await reach(url, options)).json();
}

const posted = (body, signal) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
  signal,
});

export const get = (url) => ask(url);

export function post(url, body, signal) {
  return ask(url, posted(body, signal));
}

/** The server-sent events that answer a posted body, one after the other: `{ event, data }`. */
export async function* stream(url, body, signal) {
  const reader = (await reach(url, posted(body, signal))).body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const [event, data] = block.split('\n');
      yield { event: event.slice('event: '.length), data: JSON.parse(data.slice('data: '.length)) };
    }
  }
}

/**
 * Loads `url` (and `body`, posted as JSON) whenever it changes. What was there stays until the new answer is
 * here, so that nothing jumps; `loading` says that it is stale.
 */
export function useApi(url, body) {
  const [state, setState] = useState({ data: undefined, error: undefined, loading: true, url: undefined });
  const key = body === undefined ? url : url + '\n' + JSON.stringify(body);
  useLayoutEffect(() => { // the answer is asked for at once: an effect would wait for the paint
    if (!url) {
      setState({ data: undefined, error: undefined, loading: false, url });
      return undefined;
    }
    const control = new AbortController();
    setState((old) => ({ ...old, loading: true }));
    (body === undefined ? ask(url, { signal: control.signal }) : post(url, body, control.signal)).then(
      (data) => {
        if (!control.signal.aborted) setState({ data, error: undefined, loading: false, url });
      },
      (error) => {
        if (!control.signal.aborted) setState({ data: undefined, error, loading: false, url });
      },
    );
    return () => control.abort();
  }, [key]);
  return state;
}
