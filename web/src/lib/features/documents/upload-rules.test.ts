import { describe, expect, it } from 'vitest';
import { extensionOf, refusalOf, type UploadLimits } from './upload-rules.ts';

const limits: UploadLimits = {
  max_file_bytes: 100,
  max_files_per_request: 10,
  accepted: [
    { extension: '.pdf', media_type: 'application/pdf' },
    { extension: 'md', media_type: 'text/markdown' },
  ],
};

describe('upload rules', () => {
  it.each([
    ['report.PDF', 100, undefined],
    ['notes.md', 1, undefined],
    ['empty.pdf', 0, 'empty'],
    ['large.pdf', 101, 'too_large'],
    ['program.exe', 10, 'unsupported'],
    ['README', 10, 'unsupported'],
    ['archive.tar.gz', 10, 'unsupported'],
  ])('judge %s of %i bytes as %s', (name, size, refusal) => {
    expect(refusalOf({ name, size }, limits)).toBe(refusal);
  });

  it('read the extension of the last part only', () => {
    expect(extensionOf('a.b/c')).toBe('');
    expect(extensionOf('../../x.TXT')).toBe('.txt');
  });
});
