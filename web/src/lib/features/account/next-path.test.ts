import { describe, expect, it } from 'vitest';
import { safeNextPath, signInPath } from './next-path.ts';

const origin = 'http://localhost:3000';

describe('safeNextPath', () => {
  it('keeps a path of this origin with its query and fragment', () => {
    expect(safeNextPath('/documents/1?q=a#p4', origin)).toBe('/documents/1?q=a#p4');
  });

  it.each([
    null,
    '',
    'documents',
    '//evil.example/x',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/sign-in?next=/sign-in',
    '/setup',
  ])('goes home instead of %j', (next) => {
    expect(safeNextPath(next, origin)).toBe('/');
  });
});

describe('signInPath', () => {
  it('carries the page to come back to', () => {
    expect(signInPath('/chat/1?x=y')).toBe('/sign-in?next=%2Fchat%2F1%3Fx%3Dy');
    expect(signInPath('/')).toBe('/sign-in');
  });
});
