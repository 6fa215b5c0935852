/** An archive that looks like a Word document; its text is `deflated`, which claims to expand to `declaredBytes`. */
export function wordFileOf(deflated: Buffer, declaredBytes: number): Buffer {
  const types = Buffer.from('<Types/>');
  const entries = [
    { name: '[Content_Types].xml', data: types, method: 0, declared: types.length },
    { name: 'word/document.xml', data: deflated, method: 8, declared: declaredBytes },
  ];
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, method, declared } of entries) {
    // APPNOTE.TXT 4.3.7: version, flags, method, time, date, CRC, sizes, lengths of name and extra field.
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(method, 4);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(declared, 18);
    facts.writeUInt16LE(name.length, 22);
    const file = Buffer.concat([Buffer.from('PK\u0003\u0004'), facts, Buffer.from(name), data]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), facts, place, Buffer.from(name)]),
    );
    files.push(file);
    offset += file.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, list, end]);
}
