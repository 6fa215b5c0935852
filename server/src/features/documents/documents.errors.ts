import { defineError } from '../../platform/errors.ts';

export const DocumentNotFound = defineError(
  'documents.not_found',
  404,
  'Document not found',
  'There is no such document.',
);
export const DocumentNameAmbiguous = defineError(
  'documents.name_ambiguous',
  422,
  'Several documents fit',
  'Several documents fit this name. Give the whole name or the id.',
);
export const DocumentNotReadable = defineError(
  'documents.not_readable',
  409,
  'Document has no text yet',
  'The document has no text to read yet. Wait until it is ready, or look at why reading it failed.',
);
export const CollectionNotFound = defineError(
  'documents.collection_not_found',
  404,
  'Collection not found',
  'There is no such collection.',
);
export const CollectionExists = defineError(
  'documents.collection_exists',
  409,
  'Collection exists',
  'You have a collection of this name already. Choose another name.',
);
export const DocumentBusy = defineError(
  'documents.busy',
  409,
  'Document is being read',
  'The document is being read at this moment. Wait until that is done.',
);
export const DocumentUndoExpired = defineError(
  'documents.undo_expired',
  409,
  'Too late to undo',
  'The deletion can no longer be undone.',
);
export const NoFileInUpload = defineError(
  'documents.no_file',
  422,
  'No file',
  'The upload holds no file. Send at least one part of the name “file” with a file name.',
);
export const TooManyFiles = defineError(
  'documents.too_many_files',
  422,
  'Too many files at once',
  'There are too many files in one upload. Send the rest in another one.',
);
export const InvalidDocumentCursor = defineError(
  'documents.invalid_cursor',
  422,
  'Invalid cursor',
  'The cursor does not come from this list. Start again without it.',
);
export const PassageOutOfRange = defineError(
  'documents.passage_out_of_range',
  422,
  'No such passage',
  'The passage must lie within the text of the document: start before end, at most 20,000 characters.',
);
export const OriginalMissing = defineError(
  'documents.original_missing',
  404,
  'Original is missing',
  'The original file is not on this server any more. The text found in it is still there.',
);
export const IngestionFailed = defineError(
  'documents.ingestion_failed',
  500,
  'Reading failed',
  'The server met an error that it did not expect while it read the document. It was logged; try again.',
);
