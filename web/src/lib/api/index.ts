export { ApiProblem, ConnectionProblem, isTransient } from './api-problem.ts';
export { api, send, session } from './client.ts';
export { connection } from './connection.svelte.ts';
export type { EventStream, EventStreamOptions, StreamState } from './event-stream.ts';
export { openEventStream } from './open-event-stream.ts';
export { apiUrl, type RequestOptions } from './request.ts';
export { Resource } from './resource.svelte.ts';
export { uploadFile } from './upload-file.ts';
