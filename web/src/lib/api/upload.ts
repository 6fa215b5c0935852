import type { UploadResult } from '@aiwfe/api-client';
import { ApiProblem, ConnectionProblem, problemFromAnswer } from './api-problem.ts';
import { apiUrl, csrfHeader, isMendableCsrfProblem, type SessionPort } from './request.ts';

export interface UploadOptions {
  collectionId?: string;
  signal?: AbortSignal;
  onProgress?: (sentBytes: number, totalBytes: number) => void;
}

export interface UploadDependencies {
  createXhr: () => XMLHttpRequest;
  session: () => SessionPort;
  noteAnswer: () => void;
  noteFailure: () => void;
}

/**
 * Uploads one file per request with XMLHttpRequest, because fetch reports no upload progress. The returned
 * function throws what the request layer throws, and the signal's reason after an abort; an old CSRF token or
 * an access cookie that expired on the way is mended once.
 */
export function createUpload(dependencies: UploadDependencies) {
  return async function uploadFile(file: File, options: UploadOptions = {}): Promise<UploadResult> {
    const session = dependencies.session();
    const token = await session.csrfToken();
    try {
      return await sendFile(dependencies, file, token, options);
    } catch (error) {
      if (isMendableCsrfProblem(error)) {
        session.dropCsrfToken(token);
      } else if (error instanceof ApiProblem && error.status === 401) {
        if ((await session.refresh()) === 'ended') {
          session.ended();
          throw error;
        }
      } else {
        throw error;
      }
      return await sendFile(dependencies, file, await session.csrfToken(), options);
    }
  };
}

function sendFile(dependencies: UploadDependencies, file: File, token: string, options: UploadOptions) {
  return new Promise<UploadResult>((resolve, reject) => {
    const xhr = dependencies.createXhr();
    const onAbort = () => xhr.abort();
    const fail = (reason: 'network' | 'timeout') => {
      dependencies.noteFailure();
      reject(new ConnectionProblem(reason));
    };
    xhr.open('POST', apiUrl('/documents'));
    xhr.setRequestHeader('accept', 'application/json');
    xhr.setRequestHeader(csrfHeader, token);
    xhr.upload.onprogress = (event) => options.onProgress?.(event.loaded, event.total);
    xhr.onload = () => {
      dependencies.noteAnswer();
      const fresh = xhr.getResponseHeader(csrfHeader);
      if (fresh) dependencies.session().takeCsrfToken(fresh);
      if (xhr.status >= 200 && xhr.status < 300) resolve(JSON.parse(xhr.responseText) as UploadResult);
      else reject(problemOfXhr(xhr));
    };
    xhr.onerror = () => fail('network');
    xhr.ontimeout = () => fail('timeout');
    xhr.onabort = () => reject(options.signal?.reason ?? new DOMException('Aborted', 'AbortError'));
    xhr.onloadend = () => options.signal?.removeEventListener('abort', onAbort);
    if (options.signal?.aborted) return reject(options.signal.reason);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const form = new FormData();
    if (options.collectionId) form.set('collection_id', options.collectionId);
    form.set('file', file, file.name);
    xhr.send(form);
  });
}

function problemOfXhr(xhr: XMLHttpRequest): ApiProblem {
  return problemFromAnswer(
    xhr.status,
    xhr.getResponseHeader('content-type'),
    xhr.responseText,
    xhr.getResponseHeader('retry-after'),
  );
}
