import { open } from 'node:fs/promises';
import path from 'node:path';
import type { DocumentKind } from './extraction.types.ts';
import {
  DocumentDamaged,
  DocumentEmpty,
  DocumentEncrypted,
  DocumentTypeUnsupported,
} from './extraction-errors.ts';
import { decodeText, utf16Encoding } from './text-decoding.ts';
import { listZipEntries, type ZipLimits } from './zip-archive.ts';

const headBytes = 64 * 1_024;
/** Share of control characters above which bytes are no text. */
const controlShare = 0.02;

export interface DetectedKind {
  kind: DocumentKind;
  mediaType: string;
  warning: string | undefined;
}

const mediaTypes: Record<DocumentKind, string> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  epub: 'application/epub+zip',
  html: 'text/html',
  markdown: 'text/markdown',
  csv: 'text/csv',
  text: 'text/plain',
  code: 'text/plain',
};

const kindNames: Record<DocumentKind, string> = {
  pdf: 'PDF',
  docx: 'a Word document',
  pptx: 'a presentation',
  xlsx: 'a spreadsheet',
  epub: 'an e-book',
  html: 'HTML',
  markdown: 'Markdown',
  csv: 'CSV',
  text: 'plain text',
  code: 'source code',
};

const extensionKinds: Record<string, DocumentKind> = {
  pdf: 'pdf',
  docx: 'docx',
  pptx: 'pptx',
  xlsx: 'xlsx',
  epub: 'epub',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  md: 'markdown',
  markdown: 'markdown',
  csv: 'csv',
  tsv: 'csv',
  txt: 'text',
  text: 'text',
  log: 'text',
};

const codeExtensions = new Set(
  'js mjs cjs ts tsx jsx svelte vue py rb go rs java kt kts c h cc cpp hpp cs swift php pl lua r jl scala clj ex exs erl hs ml sql sh bash zsh ps1 bat css scss less json jsonl yaml yml toml ini cfg conf xml tex dart proto graphql diff patch'.split(
    ' ',
  ),
);

/** Extensions that the upload dialog offers, with their media types. */
export function acceptedTypes(): { extension: string; media_type: string }[] {
  const documents = Object.entries(extensionKinds).map(([extension, kind]) => ({
    extension: `.${extension}`,
    media_type: mediaTypes[kind],
  }));
  return [
    ...documents,
    ...[...codeExtensions].map((name) => ({ extension: `.${name}`, media_type: 'text/plain' })),
  ];
}

/**
 * Finds what a stored file is by its content; the name decides only among kinds of text and is otherwise compared.
 * Throws documents.empty, documents.encrypted, documents.damaged, documents.archive_bomb, documents.unsupported_type.
 */
export async function detectKind(filePath: string, name: string, limits: ZipLimits): Promise<DetectedKind> {
  const head = await readHead(filePath);
  if (head.length === 0) throw DocumentEmpty.with();
  const hinted = extensionKind(name);
  const kind = await kindByContent(head, filePath, hinted, limits);
  return { kind, mediaType: mediaTypes[kind], warning: mismatchWarning(name, hinted, kind) };
}

function extensionKind(name: string): DocumentKind | undefined {
  const extension = path.extname(name).slice(1).toLowerCase();
  return extensionKinds[extension] ?? (codeExtensions.has(extension) ? 'code' : undefined);
}

async function readHead(filePath: string): Promise<Buffer> {
  const file = await open(filePath, 'r');
  try {
    const buffer = Buffer.alloc(headBytes);
    const { bytesRead } = await file.read(buffer, 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function kindByContent(
  head: Buffer,
  filePath: string,
  hinted: DocumentKind | undefined,
  limits: ZipLimits,
): Promise<DocumentKind> {
  // ISO 32000-1, implementation note 13: readers accept the header within the first 1,024 bytes.
  if (head.subarray(0, 1_024).includes('%PDF-')) return 'pdf';
  if (head.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'))) return kindOfArchive(filePath, limits);
  if (head.subarray(0, 8).equals(Buffer.from('d0cf11e0a1b11ae1', 'hex')))
    throw await compoundFileError(head, filePath);
  const text = textOf(head);
  if (text !== undefined) return kindOfText(text, hinted);
  // Only files that are about to be refused need the table of all file types.
  const { fileTypeFromBuffer } = await import('file-type');
  const known = await fileTypeFromBuffer(head);
  if (!known) throw DocumentTypeUnsupported.with();
  throw DocumentTypeUnsupported.with({
    detail: `This is a file of type ${known.mime}, which cannot be read as text. Save it as PDF, DOCX or plain text.`,
    reason: 'kind',
    params: { kind: known.mime },
  });
}

async function kindOfArchive(filePath: string, limits: ZipLimits): Promise<DocumentKind> {
  const names = new Set((await listZipEntries(filePath, limits)).map((entry) => entry.name));
  if (names.has('word/document.xml')) return 'docx';
  if (names.has('ppt/presentation.xml')) return 'pptx';
  if (names.has('xl/workbook.xml')) return 'xlsx';
  if (names.has('META-INF/container.xml')) return 'epub';
  // A document whose main part has another name declares it in its relationships.
  if ([...names].some((name) => /^word\/document\d*\.xml$/.test(name))) return 'docx';
  if (names.has('[Content_Types].xml')) throw DocumentDamaged.with();
  throw DocumentTypeUnsupported.with({
    detail: 'This is an archive. Unpack it and upload the documents inside.',
    reason: 'archive',
  });
}

/** OLE files: the Office formats before 2007, and today's ones when they carry a password ([MS-OFFCRYPTO] 2.3). */
async function compoundFileError(head: Buffer, filePath: string): Promise<Error> {
  const directory = await readCompoundDirectory(head, filePath);
  if (directory.includes(Buffer.from('EncryptedPackage', 'utf16le'))) return DocumentEncrypted.with();
  return DocumentTypeUnsupported.with({
    detail:
      'This is an Office file of the kind used before 2007. Save it as DOCX, XLSX, PPTX or PDF and upload that.',
    reason: 'old_office',
  });
}

/** [MS-CFB] 2.2: the first directory sector is named at offset 48; the sector size is a power of two at offset 30. */
async function readCompoundDirectory(head: Buffer, filePath: string): Promise<Buffer> {
  if (head.length < 512) throw DocumentDamaged.with();
  const sectorBytes = 1 << Math.min(head.readUInt16LE(30), 12);
  const position = (head.readUInt32LE(48) + 1) * sectorBytes;
  const file = await open(filePath, 'r');
  try {
    const buffer = Buffer.alloc(4_096);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function textOf(head: Buffer): string | undefined {
  if (!utf16Encoding(head) && head.includes(0)) return undefined;
  const { text } = decodeText(wholeCharacters(head));
  let control = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 32 && unit !== 9 && unit !== 10 && unit !== 12 && unit !== 13) control++;
  }
  return control > text.length * controlShare ? undefined : text;
}

/** Drops a UTF-8 sequence that the end of the sample cut, so that the sample is not taken for another encoding. */
function wholeCharacters(head: Buffer): Buffer {
  if (head.length < headBytes) return head;
  let end = head.length;
  while (end > head.length - 4 && ((head[end - 1] ?? 0) & 0xc0) === 0x80) end--;
  return head.subarray(0, (head[end - 1] ?? 0) >= 0xc0 ? end - 1 : head.length);
}

function kindOfText(text: string, hinted: DocumentKind | undefined): DocumentKind {
  const start = text
    .slice(0, 1_024)
    .replace(/^\ufeff/, '')
    .trimStart()
    .toLowerCase();
  if (start.startsWith('{\\rtf')) {
    throw DocumentTypeUnsupported.with({
      detail: 'This is an RTF file. Save it as DOCX or PDF and upload that.',
      reason: 'rtf',
    });
  }
  const looksLikeHtml = /^(?:<\?xml[^>]{0,200}>\s{0,100})?(?:<!--|<!doctype html|<html|<head|<body)/.test(
    start,
  );
  if (looksLikeHtml && hinted !== 'code' && hinted !== 'markdown') return 'html';
  if (hinted === 'html' || hinted === 'markdown' || hinted === 'csv' || hinted === 'code') return hinted;
  return 'text';
}

function mismatchWarning(
  name: string,
  hinted: DocumentKind | undefined,
  kind: DocumentKind,
): string | undefined {
  if (hinted === undefined || hinted === kind) return undefined;
  const extension = path.extname(name).toLowerCase();
  return `The name ends in ${extension}, but the content is ${kindNames[kind]}; it was read as that.`;
}
