import { defineError } from '../errors.ts';

export const StorageFull = defineError(
  'files.storage_full',
  507,
  'Storage is full',
  'There is no room left to store the file; nothing was kept of it. Ask whoever runs this server to free some space.',
);
export const FileTooLarge = defineError(
  'files.too_large',
  413,
  'File is too large',
  'The file is larger than this server accepts.',
);
export const UploadInterrupted = defineError(
  'files.upload_interrupted',
  400,
  'Upload broke off',
  'The upload broke off or was not well-formed; nothing was kept of it. Send it again.',
);
