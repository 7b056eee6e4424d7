/** The studio's JSON API. An error carries the server's one clear line. */
import { useEffect, useState } from '../vendor/preact-htm.js';

async function ask(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The studio does not answer: is `sememe studio` still running?');
  }
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.error ?? `The studio answered ${response.status}.`);
}

export function post(url, body, signal) {
  return ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
}

/**
 * Loads `url` (and `body`, posted as JSON) whenever it changes. What was there stays until the new answer is
 * here, so that nothing jumps; `loading` says that it is stale.
 */
export function useApi(url, body) {
  const [state, setState] = useState({ data: undefined, error: undefined, loading: true, url: undefined });
  const key = body === undefined ? url : url + '\n' + JSON.stringify(body);
  useEffect(() => {
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
