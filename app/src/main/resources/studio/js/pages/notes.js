/** A label and a note of one's own, kept in a file beside the run; indexing leaves it alone. */
import { html, useEffect, useState } from '../../vendor/preact-htm.js';
import { post, useApi } from '../api.js';
import { plain, prose } from '../tokens.js';

/** What is written about a feature, and how to write it. */
export function useNote(latent) {
  const url = `/api/features/${latent}/note`;
  const { data, url: from } = useApi(url);
  const [saved, setSaved] = useState();
  const note = saved?.url === url ? saved.note : from === url ? data : undefined;
  const save = async (label, text) => setSaved({ url, note: await post(url, { label, note: text }) });
  return { note, save };
}

export function Notes({ note, save, embedded }) {
  const [draft, setDraft] = useState();
  const [state, setState] = useState('');
  useEffect(() => setDraft(undefined), [note]);
  if (!note || (!note.editable && !note.label && !note.note)) return null;
  const written = note.label || note.note;
  const store = async (event) => {
    event?.preventDefault();
    setState('Saving…');
    try {
      await save(draft.label, draft.note);
      setState('Saved.');
      setDraft(undefined);
    } catch (error) {
      setState(error.message);
    }
  };
  const leave = (event) => {
    if (event.key === 'Escape') setDraft(undefined);
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) store(event);
  };
  if (draft)
    return html`<form class="card notes" onSubmit=${store} onKeyDown=${leave}>
      <h2>Notes</h2>
      <input aria-label="Label" placeholder="Label, a few words" maxlength="200" value=${draft.label} ref=${(field) => field && !draft.begun && (field.focus(), (draft.begun = true))} onInput=${(e) => setDraft({ ...draft, label: e.target.value })} />
      <textarea rows="4" aria-label="Note" placeholder="Note" maxlength="10000" value=${draft.note} onInput=${(e) => setDraft({ ...draft, note: e.target.value })}></textarea>
      <p><button class="primary" type="submit">Save</button> <button class="plain" type="button" onClick=${() => setDraft(undefined)}>Cancel</button> <span role="status">${state}</span></p>
    </form>`;
  return html`<section class="card notes">
    <h2>Notes</h2>
    ${note.note ? html`<p class="note-text" dir="auto">${prose(note.note)}</p>` : !written && html`<p class="card-note">Nothing written yet.</p>`}
    ${note.editable && !embedded && html`<p><button class="plain" type="button" onClick=${() => (setState(''), setDraft({ label: note.label, note: note.note }))}>${written ? 'Edit' : 'Write a label or a note'}</button> <span role="status">${state}</span></p>`}
  </section>`;
}

/** The label, where there is one. */
export const OwnLabel = ({ note }) => (note?.label ? html`<bdi class="own-label" title="Your label">${plain(note.label)}</bdi>` : null);
