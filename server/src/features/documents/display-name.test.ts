import { describe, expect, it } from 'vitest';
import fc from '../../../test/property.ts';
import { attachmentHeader, displayName } from './display-name.ts';

describe('display names', () => {
  it.each([
    ['../../x', 'x'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['/etc/passwd', 'passwd'],
    ['..', 'document'],
    ['', 'document'],
    ['a\u0000b\u001b[31m.txt', 'ab[31m.txt'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
  ])('S35: shows %j as %j', (sent, shown) => {
    expect(displayName(sent)).toBe(shown);
  });

  it('S35: is never a path and always short enough', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (sent) => {
        const name = displayName(sent);
        expect(name).not.toMatch(/[/\\\p{Cc}]/u);
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(200);
        expect(['.', '..']).not.toContain(name);
        expect(attachmentHeader(name)).toMatch(
          /^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[\w%.!~-]*$/,
        );
      }),
    );
  });
});
