export type EmbeddedDatabaseErrorCode =
  | 'no_binaries'
  | 'no_account'
  | 'data_folder_unusable'
  | 'database_missing'
  | 'version_mismatch'
  | 'disk_full'
  | 'initialisation_failed'
  | 'start_failed'
  | 'already_running';

/** A reason why the embedded database does not run, with one sentence for the person who started it. */
export class EmbeddedDatabaseError extends Error {
  readonly code: EmbeddedDatabaseErrorCode;
  readonly sentence: string;

  constructor(code: EmbeddedDatabaseErrorCode, sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.name = 'EmbeddedDatabaseError';
    this.code = code;
    this.sentence = sentence;
  }
}

const diskFullCodes = new Set(['ENOSPC', 'EDQUOT']);

/** The system error code (`EACCES`, `ENOSPC` …) of `error`, when it has one. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Names a failed file operation in or under the data folder: `disk_full` or `data_folder_unusable`. */
export function dataFolderError(folder: string, error: unknown): EmbeddedDatabaseError {
  if (error instanceof EmbeddedDatabaseError) return error;
  const code = systemErrorCode(error) ?? String(error);
  if (diskFullCodes.has(code)) return diskFull(folder, error);
  const reason =
    code === 'ENOTDIR' || code === 'EEXIST'
      ? 'it is not a folder'
      : code === 'EACCES' || code === 'EPERM'
        ? 'this account may not write there'
        : code === 'EROFS'
          ? 'it is on a read-only disk'
          : code;
  return new EmbeddedDatabaseError(
    'data_folder_unusable',
    `The data folder ${folder} cannot be used: ${reason}. Set AIWFE_DATA_DIR to a folder that you can write to.`,
    error,
  );
}

/** The disk that holds `folder` has no room for the database. */
export function diskFull(folder: string, cause?: unknown): EmbeddedDatabaseError {
  return new EmbeddedDatabaseError(
    'disk_full',
    `The disk that holds ${folder} is full. Free at least 200 MB there and start again; nothing was lost.`,
    cause,
  );
}
