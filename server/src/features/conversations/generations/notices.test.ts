import { describe, expect, test } from 'vitest';
import type { Notice } from '../conversations.schemas.ts';
import { coded, count, foundPassages, foundResults, reason } from './coded-texts.ts';
import { createNoticeRecorder, otherModelCode, tryingAgainCode } from './notices.ts';

function record(...notices: Notice[]) {
  const pushed: unknown[] = [];
  const recorder = createNoticeRecorder({ push: (event) => void pushed.push(event) });
  for (const notice of notices) recorder.say(notice);
  return { kept: recorder.notices(), pushed };
}
const one = coded('conversations.one', 'One');

describe('notices', () => {
  test('are all seen while the answer is written, and kept once each', () => {
    const { kept, pushed } = record(one, one);
    expect(kept).toEqual([one]);
    expect(pushed).toEqual([
      { type: 'notice', data: one },
      { type: 'notice', data: one },
    ]);
  });

  test('of one code with other details are others', () => {
    const other = coded('conversations.one', 'Another');
    expect(record(one, other, one).kept).toEqual([one, other]);
  });

  test('that another try follows are seen and not kept, and take what was said of the other model along', () => {
    const again = coded(tryingAgainCode, 'Trying again');
    const standIn = coded(otherModelCode, 'Another model answers');
    const { kept, pushed } = record(standIn, one, again);
    expect(kept).toEqual([one]);
    expect(pushed).toHaveLength(3);
    expect(record(again, standIn).kept).toEqual([standIn]);
  });
});

describe('coded texts', () => {
  test('carry what fills them, zero and empty text included, and leave out what is not there', () => {
    expect(coded('a.b', 'Text', { n: 0, empty: '', none: undefined })).toEqual({
      code: 'a.b',
      params: { n: 0, empty: '' },
      detail: 'Text',
    });
    expect(coded('a.b', 'Text').params).toEqual({});
    expect(reason({ code: 'models.timeout', detail: 'Late' })).toEqual({
      because_code: 'models.timeout',
      because: 'Late',
    });
  });

  test('count in words', () => {
    expect([0, 1, 2].map((number) => count(number, 'page'))).toEqual(['0 pages', '1 page', '2 pages']);
  });

  test('say how many passages came from how many documents', () => {
    const [a, b] = [{ document_id: 'a' }, { document_id: 'b' }];
    expect(foundPassages([])).toEqual({ code: 'nothing_found', params: {}, detail: 'nothing found' });
    expect(foundPassages([a])).toMatchObject({ code: 'found', detail: '1 passage from 1 document' });
    expect(foundPassages([a, b, a])).toEqual({
      code: 'found',
      params: { passages: 3, documents: 2 },
      detail: '3 passages from 2 documents',
    });
    expect(foundResults([1, 2])).toEqual({ code: 'results', params: { count: 2 }, detail: '2 results' });
  });
});
