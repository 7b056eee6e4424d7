/** Picked features, and lists of them that are kept beside the run. */
import { html, useEffect, useRef, useState } from '../../vendor/preact-htm.js';
import { get, post } from '../api.js';
import { Problem } from '../components.js';
import { of } from '../format.js';
import { go, withQuery } from '../router.js';
import { plain } from '../tokens.js';

/** The picked latents of a page's query, in the order in which they were picked. */
export const picksOf = (query) => [...new Set((query.get('pick') ?? '').split(',').filter((p) => /^\d{1,9}$/.test(p)).map(Number))];

let asked = false;
let known = { revision: 0 }; // the lists as the server last told them, for all that shows them
const listeners = new Set();

function tell(lists) {
  known = { ...lists, revision: known.revision + 1 };
  listeners.forEach((listener) => listener(known));
}

/** The kept lists, `{ editable, lists, revision }`; without `lists` until they are here. */
export function useLists() {
  const [lists, setLists] = useState(known);
  useEffect(() => {
    listeners.add(setLists);
    if (!asked) {
      asked = true;
      get('/api/lists').then(tell, () => (asked = false)); // without lists the page has no choice of them
    }
    return () => listeners.delete(setLists);
  }, []);
  return lists;
}

/** Which list is shown; nothing where none was ever kept. */
function ListChoice({ query }) {
  const choose = (name) => go(withQuery({ list: name, page: '', status: name ? 'all' : '' }), { keepScroll: true });
  const { lists = [] } = useLists();
  const chosen = query.get('list') ?? '';
  if (!lists.length && !chosen) return null;
  return html`<label class="field lists"><span>List</span>
    <select name="list" value=${chosen} onChange=${(e) => choose(e.target.value)}>
      <option value="">All features</option>
      ${lists.map((l) => html`<option value=${l.name} selected=${l.name === chosen}>${plain(l.name)} (${l.latents.length})</option>`)}
    </select>
  </label>`;
}

/** What can be done with the picked features; `shown` are those on the page. */
export function Picked({ picks, shown, onPick, query }) {
  const { lists = [], editable } = useLists();
  const [problem, setProblem] = useState();
  const name = useRef(null);
  const list = query.get('list');
  const here = (shown ?? []).map((f) => f.latent);
  const all = here.length > 0 && here.every((latent) => picks.includes(latent));
  const attempt = async (name, latents, then) => {
    try {
      const answer = await post('/api/lists', { name, latents });
      setProblem(undefined);
      go(then, { replace: true, keepScroll: true }); // first: a list that was deleted must not be asked for again
      tell(answer);
    } catch (error) {
      setProblem(error);
    }
  };
  const add = (event) => {
    event.preventDefault();
    const called = name.current.value.trim();
    const before = lists.find((l) => l.name === called)?.latents ?? [];
    attempt(called, [...new Set([...before, ...picks])], '/?' + new URLSearchParams({ list: called, status: 'all' }));
  };
  const change = (rest) => attempt(list, rest, rest.length ? withQuery({ pick: '' }) : '/');
  const latents = lists.find((l) => l.name === list)?.latents;
  return html`<div class="picked" aria-label="Picked features" role="group">
    <label class="pick-all"><input type="checkbox" checked=${all} disabled=${!here.length} onChange=${() => onPick(all ? picks.filter((p) => !here.includes(p)) : [...new Set([...picks, ...here])])} /> Pick all on this page</label>
    ${picks.length > 0 && html`
      <b>${of(picks.length, 'feature')} picked</b>
      <a href=${'/?' + new URLSearchParams({ latents: picks.join(','), status: 'all', pick: picks.join(',') })}>Show only these</a>
      ${picks.length === 2 && html`<a href=${`/compare?a=${picks[0]}&b=${picks[1]}`}>Compare</a>`}
      ${editable && html`<form class="keep" onSubmit=${add}>
        <input ref=${name} name="list-name" type="text" maxlength="100" required aria-label="Name of the list" placeholder="Name of a list" list="list-names" />
        <datalist id="list-names">${lists.map((l) => html`<option value=${l.name}></option>`)}</datalist>
        <button type="submit" class="plain">Keep in list</button>
      </form>`}
      ${list && latents && html`<button type="button" class="plain" onClick=${() => change(latents.filter((l) => !picks.includes(l)))}>Take out of “${plain(list)}”</button>`}
      <button type="button" class="plain" onClick=${() => onPick([])}>Clear</button>`}
    ${list && latents && !picks.length && html`<button type="button" class="plain" onClick=${() => change([])}>Delete the list “${plain(list)}”</button>`}
    <${ListChoice} query=${query} />
    ${problem && html`<${Problem} error=${problem} />`}
  </div>`;
}
