import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiProblem } from '../api/api-problem.ts';
import { preferences } from '../preferences.svelte.ts';
import { describeError } from './describe-error.ts';
import { refusalText } from './refusals.ts';
import { texts } from './translate.svelte.ts';

const tooLarge = {
  code: 'documents.too_large',
  detail: 'The file is larger than the 20 MB accepted here. Split it and upload the parts.',
  reason: 'limit',
  params: { limit_mb: 20 },
};
const general =
  'Die Datei ist größer, als dieser Server annimmt. Teilen Sie sie, oder bitten Sie um eine höhere Grenze.';

afterEach(() => texts.use('en'));

describe('a refusal in German', () => {
  beforeEach(async () => {
    preferences.locale = 'de';
    preferences.timeZone = 'Europe/Berlin';
    await texts.use('de');
  });

  it('says the sentence of its reason, with its values', () => {
    expect(refusalText(tooLarge)).toBe(
      'Die Datei ist größer als die 20 MB, die hier angenommen werden. Teilen Sie sie und laden Sie die Teile hoch.',
    );
  });

  it('writes numbers, lengths of time and moments as German does', () => {
    const throttled = { code: 'auth.throttled', detail: '', reason: 'wait', params: { retry_seconds: 90 } };
    expect(refusalText(throttled)).toContain('1 Minute 30 Sekunden');
    const params = { limit: 250_000, resets_at: '2026-12-01T00:00:00.000Z' };
    const used = refusalText({ code: 'models.quota_exceeded', detail: '', reason: 'day', params });
    expect(used).toContain('250.000 Tokens pro Tag');
    expect(used).toContain('01.12.2026, 01:00');
  });

  it('says the sentence of the code when the server had nothing more exact', () => {
    expect(refusalText({ code: 'documents.too_large', detail: 'The file is too large.' })).toBe(general);
  });

  it('lets the more exact sentence of the server follow where it has none for the reason', () => {
    expect(refusalText({ ...tooLarge, reason: 'other' })).toBe(`${general} ${tooLarge.detail}`);
    expect(refusalText({ ...tooLarge, params: {} })).toBe(`${general} ${tooLarge.detail}`);
  });

  it('shows what the server said for a code that is not known here', () => {
    expect(refusalText({ code: 'later.code', detail: 'Not yet known.', reason: 'other' })).toBe(
      'Not yet known.',
    );
  });

  it('is what errors are described with, and what fields say', () => {
    const problem = new ApiProblem({
      status: 422,
      code: 'validation_failed',
      detail: 'Some of what was sent is not valid. See the fields.',
      errors: [
        { field: 'display_name', detail: 'must not have more than 100 characters', ...tooLong(100) },
        { field: '/about', detail: 'is odd', reason: 'other' },
      ],
    });
    expect(describeError(problem)).toMatchObject({
      title: 'Das hat nicht geklappt',
      text: 'Manches, was gesendet wurde, ist ungültig. Sehen Sie sich die Felder an.',
    });
    expect(problem.fieldError('display_name')).toBe('Höchstens 100 Zeichen sind möglich.');
    expect(problem.fieldError('about')).toBe('is odd');
    expect(problem.fieldError('goals')).toBeUndefined();
  });
});

it('shows in English what the server said', () => {
  expect(refusalText(tooLarge)).toBe(tooLarge.detail);
  const errors = [{ field: 'name', detail: 'must not have more than 100 characters', ...tooLong(100) }];
  const problem = new ApiProblem({ status: 413, ...tooLarge, errors });
  expect(problem.text).toBe(tooLarge.detail);
  expect(problem.fieldError('name')).toBe('must not have more than 100 characters');
});

function tooLong(limit: number) {
  return { reason: 'too_long', params: { limit } } as const;
}
