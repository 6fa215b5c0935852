import { defineError, type ErrorDefinition } from '../../../platform/errors.ts';

export const DocumentEncrypted = defineError(
  'documents.encrypted',
  422,
  'File is protected',
  'The file is protected by a password. Save a copy without the password and upload that.',
);
export const DocumentDamaged = defineError(
  'documents.damaged',
  422,
  'File is damaged',
  'The file is damaged or cut off and cannot be read. Open it in its own program, save it again, and upload that.',
);
export const DocumentEmpty = defineError(
  'documents.empty',
  422,
  'File is empty',
  'The file has no content. Check that it was saved completely, then upload it again.',
);
export const DocumentTooLarge = defineError(
  'documents.too_large',
  413,
  'File is too large',
  'The file is larger than this server accepts. Split it, or ask whoever runs this server to raise the limit.',
);
export const DocumentTooManyPages = defineError(
  'documents.too_many_pages',
  422,
  'Too many pages',
  'The file has more pages than this server reads. Split it and upload the parts.',
);
export const DocumentTypeUnsupported = defineError(
  'documents.unsupported_type',
  415,
  'Unsupported kind of file',
  'This kind of file cannot be read. Save it as PDF, DOCX, PPTX, XLSX, EPUB, HTML, Markdown, CSV or plain text.',
);
export const DocumentArchiveBomb = defineError(
  'documents.archive_bomb',
  422,
  'File expands too far',
  'The file would expand to far more than its size and was refused. Save it again from its own program, with smaller pictures.',
);
export const ExtractionTimedOut = defineError(
  'documents.extraction_timeout',
  422,
  'Reading took too long',
  'Reading the file took too long and was stopped. Split it or save it in a simpler format, then upload that.',
);
export const ExtractionOutOfMemory = defineError(
  'documents.extraction_memory',
  422,
  'Reading needs too much memory',
  'Reading the file needed more memory than allowed and was stopped. Split it or save it in a simpler format.',
);
export const DocumentWithoutText = defineError(
  'documents.no_text',
  422,
  'No text found',
  'The file holds pictures of pages but no text. Run text recognition (OCR) in your scanner or PDF program, then upload the result.',
);
export const ExtractionFailed = defineError(
  'documents.extraction_failed',
  500,
  'Reading stopped unexpectedly',
  'The program that reads files stopped unexpectedly. Try again; if it happens again, save the file in another format.',
);

/** Codes that a file itself can cause: trying again without changing the file cannot help. */
export const extractionErrors: ErrorDefinition[] = [
  DocumentEncrypted,
  DocumentDamaged,
  DocumentEmpty,
  DocumentTooLarge,
  DocumentTooManyPages,
  DocumentTypeUnsupported,
  DocumentArchiveBomb,
  ExtractionTimedOut,
  ExtractionOutOfMemory,
  DocumentWithoutText,
  ExtractionFailed,
];
