import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from '../../../../test/property.ts';
import { ProblemError } from '../../../platform/errors.ts';
import { defaultExtractionLimits, documentKinds } from './extraction.types.ts';
import { detectKind } from './kind-detection.ts';
import { storedZip } from './test-files/tiny-zip.ts';
import { decodeText } from './text-decoding.ts';

let file: string;
beforeAll(async () => {
  file = path.join(await mkdtemp(path.join(tmpdir(), 'aiwfe-kind-')), 'file');
});
afterAll(() => rm(path.dirname(file), { recursive: true, force: true }));

async function detect(content: Uint8Array | string, name: string) {
  await writeFile(file, content);
  return detectKind(file, name, defaultExtractionLimits);
}

const signatures = [
  '%PDF-1.7\n',
  'PK\u0003\u0004',
  '\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1',
  '\u00ff\u00fe',
  '\u00ef\u00bb\u00bf',
  '<html>',
  '{\\rtf1',
  '',
];

describe('kind detection', () => {
  it('names a kind or a declared code for any bytes and any name', async () => {
    const bytes = fc.tuple(fc.constantFrom(...signatures), fc.uint8Array({ maxLength: 3_000 }));
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.string({ unit: 'binary', maxLength: 30 }),
        async ([signature, rest], name) => {
          try {
            const { kind } = await detect(Buffer.concat([Buffer.from(signature, 'latin1'), rest]), name);
            expect(documentKinds).toContain(kind);
          } catch (error) {
            expect(error).toBeInstanceOf(ProblemError);
            expect((error as ProblemError).code).toMatch(/^documents\./);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('names a declared code for any damage to an archive', async () => {
    const archive = storedZip({ '[Content_Types].xml': '<Types/>', 'word/document.xml': '<w:document/>' });
    const damage = fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const broken = Buffer.from(archive);
        for (const [at, value] of changes) broken[at] = value;
        await detect(broken, 'a.docx').catch((error: unknown) => expect(error).toBeInstanceOf(ProblemError));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a.ts', 'const one = 1;\n', 'code'],
    ['a.md', '# Title\n', 'markdown'],
    ['a.csv', 'a,b\n1,2\n', 'csv'],
    ['a', 'just words\n', 'text'],
    ['a.txt', '<!DOCTYPE html><p>x', 'html'],
  ])('takes %s by content and ending', async (name, content, kind) => {
    expect((await detect(content, name)).kind).toBe(kind);
  });

  it('does not take UTF-8 that the sample cuts for another encoding', async () => {
    expect((await detect(`${'a'.repeat(65_535)}é and more`, 'a.txt')).kind).toBe('text');
  });

  it('recognises an Office file with a password by its container', async () => {
    const sector = Buffer.alloc(512);
    sector.write('EncryptedPackage', 0, 'utf16le');
    const header = Buffer.alloc(512);
    Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header);
    header.writeUInt16LE(9, 30);
    await expect(detect(Buffer.concat([header, sector]), 'a.docx')).rejects.toMatchObject({
      code: 'documents.encrypted',
    });
    await expect(detect(header, 'a.doc')).rejects.toMatchObject({ code: 'documents.unsupported_type' });
  });
});

describe('text decoding', () => {
  it('gives back any text that was written in UTF-8 or UTF-16', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (text) => {
        expect(decodeText(Buffer.from(`\ufeff${text}`, 'utf16le')).text).toBe(text);
        expect(decodeText(Buffer.from(`\ufeff${text}`, 'utf8')).text).toBe(text);
      }),
    );
  });
});
