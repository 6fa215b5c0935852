import type { Document, PublicConfig } from '@aiwfe/api-client';
import { ApiProblem, api, ConnectionProblem, uploadFile } from '#lib/api/index.ts';
import { describeError } from '#lib/messages/describe-error.ts';
import { refusalText } from '#lib/messages/refusals.ts';
import { t } from '#lib/messages/translate.svelte.ts';
import { formatBytes } from './document-format.ts';
import { refusalOf, type UploadLimits } from './upload-rules.ts';

const PARALLEL_UPLOADS = 3;

/** One file on its way to the server. */
export class Upload {
  readonly key: number;
  readonly file: File;
  readonly collectionId: string | undefined;
  state = $state<'waiting' | 'sending' | 'stored' | 'refused' | 'failed'>('waiting');
  sentBytes = $state(0);
  totalBytes = $state(0);
  /** Why it was refused or failed, in words. */
  reason = $state('');
  document = $state.raw<Document | null>(null);
  readonly abort = new AbortController();

  constructor(key: number, file: File, collectionId: string | undefined) {
    this.key = key;
    this.file = file;
    this.collectionId = collectionId;
    this.totalBytes = file.size;
  }
}

/** Sends files a few at a time. Refused files keep their reason, failed ones can be sent again. */
export class UploadQueue {
  entries = $state.raw<Upload[]>([]);
  readonly isSending = $derived(this.entries.some(({ state }) => state === 'waiting' || state === 'sending'));
  readonly #onStored: (document: Document) => void;
  readonly #keepsStored: boolean;
  #limits: UploadLimits | null = null;
  #running = 0;
  #nextKey = 1;

  /** `keepsStored`: whether files stay on the list when they have arrived, for pages that do not list documents. */
  constructor(onStored: (document: Document) => void, keepsStored = true) {
    this.#onStored = onStored;
    this.#keepsStored = keepsStored;
  }

  /** Takes files in; those that would be refused anyway are refused at once, with the reason. */
  async add(files: readonly File[], collectionId?: string): Promise<void> {
    const added = files.map((file) => new Upload(this.#nextKey++, file, collectionId));
    this.entries = [...this.entries, ...added];
    const limits = await this.#readLimits();
    for (const upload of limits ? added : []) this.#refuseEarly(upload, limits as UploadLimits);
    this.#start();
  }

  /** Sends a file again that failed on the way. */
  retry(upload: Upload): void {
    upload.state = 'waiting';
    upload.reason = '';
    this.#start();
  }

  /** Takes an entry off the list; a running upload is broken off. */
  remove(upload: Upload): void {
    upload.abort.abort();
    this.entries = this.entries.filter((entry) => entry !== upload);
  }

  /** Takes everything off the list that has ended. */
  clearEnded(): void {
    this.entries = this.entries.filter(({ state }) => state === 'waiting' || state === 'sending');
  }

  /** The limits are a courtesy; without them the server judges. */
  async #readLimits(): Promise<UploadLimits | null> {
    try {
      this.#limits ??= (await api.get<PublicConfig>('/config')).uploads;
    } catch (error) {
      if (!(error instanceof ApiProblem || error instanceof ConnectionProblem)) throw error;
    }
    return this.#limits;
  }

  #refuseEarly(upload: Upload, limits: UploadLimits): void {
    const refusal = refusalOf(upload.file, limits);
    if (!refusal) return;
    upload.state = 'refused';
    upload.reason = {
      empty: t('documents.refused.empty'),
      too_large: t('documents.refused.too_large', {
        size: formatBytes(upload.file.size),
        limit: formatBytes(limits.max_file_bytes),
      }),
      unsupported: t('documents.refused.unsupported', {
        kinds: limits.accepted.map(({ extension }) => extension.replace(/^\./, '')).join(', '),
      }),
    }[refusal];
  }

  #start(): void {
    while (this.#running < PARALLEL_UPLOADS) {
      const next = this.entries.find(({ state }) => state === 'waiting');
      if (!next) return;
      next.state = 'sending';
      this.#running += 1;
      void this.#send(next).finally(() => {
        this.#running -= 1;
        this.#start();
      });
    }
  }

  async #send(upload: Upload): Promise<void> {
    try {
      const result = await uploadFile(upload.file, {
        collectionId: upload.collectionId,
        signal: upload.abort.signal,
        onProgress: (sent, total) => {
          upload.sentBytes = sent;
          upload.totalBytes = total;
        },
      });
      const [document] = result.items;
      if (document) {
        upload.document = document;
        upload.state = 'stored';
        if (!this.#keepsStored) this.entries = this.entries.filter((entry) => entry !== upload);
        this.#onStored(document);
      } else {
        upload.state = 'refused';
        const [rejected] = result.rejected;
        upload.reason = rejected ? refusalText(rejected) : t('documents.refused.unknown');
      }
    } catch (error) {
      if (upload.abort.signal.aborted) return;
      const { title, text } = describeError(error);
      upload.state = error instanceof ApiProblem && error.status < 500 ? 'refused' : 'failed';
      upload.reason = error instanceof ApiProblem ? text : `${title}. ${text}`;
    }
  }
}
