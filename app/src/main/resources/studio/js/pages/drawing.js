/** Asking a network to draw, again and again as what is wanted changes. */
import { useEffect, useRef, useState } from '../../vendor/preact-htm.js';
import { post } from '../api.js';

/**
 * The answer to the newest of `body`s: while one is worked on, only the last that came since is kept, so that a
 * slider that is drawn fast leaves no queue behind it. Undefined asks nothing.
 */
export function useLatest(url, body) {
  const [answer, setAnswer] = useState({ data: undefined, error: undefined });
  const work = useRef({ busy: false, wanted: undefined, gone: false });
  const key = body ? JSON.stringify(body) : '';
  useEffect(() => {
    const here = work.current;
    here.gone = false;
    return () => (here.gone = true);
  }, []);
  useEffect(() => {
    const here = work.current;
    here.wanted = body || undefined;
    const next = () => {
      const wanted = here.wanted;
      if (here.busy || !wanted || here.gone) return;
      here.wanted = undefined;
      here.busy = true;
      post(url, wanted)
        .then(
          (data) => !here.gone && setAnswer({ data, error: undefined }),
          (error) => !here.gone && setAnswer({ data: undefined, error }),
        )
        .finally(() => {
          here.busy = false;
          next();
        });
    };
    next();
  }, [url, key]);
  return answer;
}
