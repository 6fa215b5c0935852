import { type FileHandle, open } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { DocumentArchiveBomb, DocumentDamaged, DocumentEncrypted } from './extraction-errors.ts';

/** ZIP structures by APPNOTE.TXT 6.3.10: the end record (4.3.16) and the central directory (4.3.12). */
const endSignature = 0x06054b50;
const directorySignature = 0x02014b50;
const localSignature = 0x04034b50;
const endRecordBytes = 22;
const maxCommentBytes = 65_535;
/** Bytes that the directory may take: far more than any document has, far less than memory. */
const maxDirectoryBytes = 4 * 1_024 * 1_024;
const localHeaderBytes = 30;

export interface ZipLimits {
  maxExpandedBytes: number;
  maxArchiveEntries: number;
}

export interface ZipEntry {
  name: string;
  method: number;
  encrypted: boolean;
  compressedBytes: number;
  expandedBytes: number;
  headerOffset: number;
}

/**
 * Lists an archive by its central directory without inflating anything. Throws documents.damaged when there is no
 * readable directory, documents.archive_bomb when entries, their declared sizes or overlaps exceed the limits.
 */
export async function listZipEntries(filePath: string, limits: ZipLimits): Promise<ZipEntry[]> {
  const file = await open(filePath, 'r');
  try {
    const { size } = await file.stat();
    const end = await readEndRecord(file, size);
    if (end.entries > limits.maxArchiveEntries || end.directoryBytes > maxDirectoryBytes)
      throw DocumentArchiveBomb.with({
        detail: 'The file holds more parts than a document can have and was refused.',
        reason: 'too_many_parts',
      });
    const directory = await readAt(file, end.directoryOffset, end.directoryBytes);
    const entries = parseDirectory(directory, end.entries);
    refuseBomb(entries, limits);
    return entries;
  } finally {
    await file.close();
  }
}

/** An archive that was checked: entries are inflated one at a time, never beyond what the directory declares. */
export interface ZipArchive {
  names: string[];
  /** The content of an entry, `undefined` when there is none of that name. */
  read(name: string): Buffer | undefined;
  readText(name: string): string | undefined;
  /** The whole file, for readers that inflate by themselves. */
  bytes: Buffer;
}

/**
 * Opens an archive after the checks of {@link listZipEntries} and inflates every entry once with a hard bound, so that
 * sizes that lie in the directory are found before another reader trusts them.
 */
export async function openZipArchive(filePath: string, limits: ZipLimits): Promise<ZipArchive> {
  const entries = await listZipEntries(filePath, limits);
  const file = await open(filePath, 'r');
  let bytes: Buffer;
  try {
    bytes = await file.readFile();
  } finally {
    await file.close();
  }
  if (entries.some((entry) => entry.encrypted)) throw DocumentEncrypted.with();
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  for (const entry of entries) inflateEntry(bytes, entry);
  const read = (name: string): Buffer | undefined => {
    const entry = byName.get(name);
    return entry && inflateEntry(bytes, entry);
  };
  return { bytes, names: [...byName.keys()], read, readText: (name) => read(name)?.toString('utf8') };
}

async function readEndRecord(file: FileHandle, size: number) {
  const tailBytes = Math.min(size, endRecordBytes + maxCommentBytes);
  const tail = await readAt(file, size - tailBytes, tailBytes);
  for (let at = tail.length - endRecordBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endSignature) continue;
    const entries = tail.readUInt16LE(at + 10);
    const directoryBytes = tail.readUInt32LE(at + 12);
    const directoryOffset = tail.readUInt32LE(at + 16);
    // All ones announce ZIP64: files of more than 4 GiB or 65,535 entries, which no document here may be.
    if (entries === 0xffff || directoryOffset === 0xffffffff) throw DocumentArchiveBomb.with();
    if (directoryOffset + directoryBytes <= size) return { entries, directoryBytes, directoryOffset };
  }
  throw DocumentDamaged.with();
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw DocumentDamaged.with();
  return buffer;
}

function parseDirectory(directory: Buffer, count: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== directorySignature)
      throw DocumentDamaged.with();
    const nameBytes = directory.readUInt16LE(at + 28);
    const next = at + 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (next > directory.length) throw DocumentDamaged.with();
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameBytes),
      method: directory.readUInt16LE(at + 10),
      encrypted: (directory.readUInt16LE(at + 8) & 1) === 1,
      compressedBytes: directory.readUInt32LE(at + 20),
      expandedBytes: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at = next;
  }
  return entries;
}

/** Entries that share compressed bytes are how small archives declare huge contents within honest-looking sizes. */
function refuseBomb(entries: ZipEntry[], limits: ZipLimits): void {
  const expanded = entries.reduce((sum, entry) => sum + entry.expandedBytes, 0);
  if (expanded > limits.maxExpandedBytes) throw DocumentArchiveBomb.with();
  const ordered = entries.toSorted((one, other) => one.headerOffset - other.headerOffset);
  let previousEnd = 0;
  for (const entry of ordered) {
    if (entry.headerOffset < previousEnd) throw DocumentArchiveBomb.with();
    previousEnd = entry.headerOffset + localHeaderBytes + entry.compressedBytes;
  }
}

function inflateEntry(bytes: Buffer, entry: ZipEntry): Buffer {
  const at = entry.headerOffset;
  if (at + localHeaderBytes > bytes.length || bytes.readUInt32LE(at) !== localSignature)
    throw DocumentDamaged.with();
  const start = at + localHeaderBytes + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
  const compressed = bytes.subarray(start, start + entry.compressedBytes);
  if (compressed.length !== entry.compressedBytes) throw DocumentDamaged.with();
  if (entry.method === 0) {
    if (entry.compressedBytes !== entry.expandedBytes) throw DocumentArchiveBomb.with();
    return compressed;
  }
  if (entry.method !== 8) throw DocumentDamaged.with();
  return inflateBounded(compressed, entry.expandedBytes);
}

function inflateBounded(compressed: Buffer, expandedBytes: number): Buffer {
  try {
    return inflateRawSync(compressed, { maxOutputLength: Math.max(expandedBytes, 1) });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw DocumentArchiveBomb.with({ cause });
    throw DocumentDamaged.with({ cause });
  }
}
