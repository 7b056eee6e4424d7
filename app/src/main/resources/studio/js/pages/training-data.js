/** Runs as they are trained: what is known of them, and the lines that come in. */
import { useEffect, useRef, useState } from '../../vendor/preact-htm.js';
import { get } from '../api.js';

const MOST_LINES = 1000;
const LIST_EVERY = 5000; // milliseconds between looks at the folder

/** The list of runs, looked up again and again while the page is open. */
export function useRuns() {
  const [state, setState] = useState({ runs: undefined, first: undefined, error: undefined });
  useEffect(() => {
    let gone = false;
    const look = () =>
      get('/api/runs').then(
        ({ runs, first }) => !gone && setState({ runs, first, error: undefined }),
        (error) => !gone && setState((old) => ({ ...old, error })),
      );
    look();
    const timer = setInterval(look, LIST_EVERY);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, []);
  return state;
}

/** Every other line of the older half: what is recent stays whole, and warnings stay. */
function thinned(lines) {
  if (lines.length <= MOST_LINES) return lines;
  const half = lines.length >> 1;
  return lines.filter((line, i) => i === 0 || i >= half || i % 2 === 0 || line.warnings);
}

/** The logged lines of these runs by name, which grow as the runs do. */
export function useLines(names) {
  const [lines, setLines] = useState({});
  const [error, setError] = useState(undefined);
  const ends = useRef({});
  const key = names.join('\n');
  useEffect(() => {
    let stream;
    let gone = false;
    (async () => {
      const missing = names.filter((name) => ends.current[name] === undefined);
      const found = await Promise.all(missing.map((name) => get('/api/runs/metrics?run=' + encodeURIComponent(name))));
      if (gone) return;
      missing.forEach((name, i) => (ends.current[name] = found[i].end));
      setLines((old) => ({ ...old, ...Object.fromEntries(missing.map((name, i) => [name, found[i].lines])) }));
      setError(undefined);
      const connect = () => {
        if (gone || !names.length) return;
        const query = names.map((name) => `run=${encodeURIComponent(name)}&from=${ends.current[name]}`).join('&');
        stream = new EventSource('/api/runs/events?' + query);
        stream.addEventListener('lines', (event) => {
          const { run, lines: more, end, again } = JSON.parse(event.data);
          ends.current[run] = end;
          setError(undefined);
          setLines((old) => ({ ...old, [run]: thinned(again ? more : [...(old[run] ?? []), ...more]) }));
        });
        // The browser would ask again from where this stream began: a new one goes on from where it ended.
        stream.onerror = () => {
          stream.close();
          if (!gone) setTimeout(connect, 2000);
        };
      };
      connect();
    })().catch((problem) => !gone && setError(problem));
    return () => {
      gone = true;
      stream?.close();
    };
  }, [key]);
  return { lines, error };
}
