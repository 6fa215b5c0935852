import { deflateRawSync } from 'node:zlib';

interface RawEntry {
  name: string;
  data: Buffer;
  method: 0 | 8;
  declaredBytes: number;
}

/** An archive without compression. */
export function storedZip(files: Record<string, string>): Buffer {
  return writeZip(
    Object.entries(files).map(([name, text]) => ({
      name,
      data: Buffer.from(text),
      method: 0,
      declaredBytes: Buffer.byteLength(text),
    })),
  );
}

/** Looks like a Word document, is small, and expands to 400 MB of spaces. */
export function zipBombDocx(): Buffer {
  const megabytes = 400;
  return wordArchive(
    deflateRawSync(Buffer.alloc(megabytes * 1_048_576, 32), { level: 9 }),
    megabytes * 1_048_576,
  );
}

/** Expands to 20 MB and declares one kilobyte. */
export function zipWithLyingSizes(): Buffer {
  return wordArchive(deflateRawSync(Buffer.alloc(20 * 1_048_576, 32)), 1_024);
}

function wordArchive(data: Buffer, declaredBytes: number): Buffer {
  return writeZip([
    { name: '[Content_Types].xml', data: Buffer.from('<Types/>'), method: 0, declaredBytes: 8 },
    { name: 'word/document.xml', data, method: 8, declaredBytes },
  ]);
}

/** APPNOTE.TXT 4.3: local headers with data, the central directory, the end record. */
function writeZip(entries: RawEntry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const facts = Buffer.alloc(22);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(entry.method, 4);
    facts.writeUInt32LE(entry.data.length, 14);
    facts.writeUInt32LE(entry.declaredBytes, 18);
    const lengths = Buffer.from([name.length & 255, name.length >> 8, 0, 0]);
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), facts, lengths, name, entry.data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('504b01021400', 'hex'), facts, lengths, tail, name]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}
