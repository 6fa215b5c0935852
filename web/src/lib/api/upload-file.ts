import { session } from './client.ts';
import { connection } from './connection.svelte.ts';
import { createUpload } from './upload.ts';

/** Uploads one file with progress; see {@link createUpload}. */
export const uploadFile = createUpload({
  createXhr: () => new XMLHttpRequest(),
  session: () => session,
  noteAnswer: () => connection.noteAnswer(),
  noteFailure: () => connection.noteFailure(),
});
