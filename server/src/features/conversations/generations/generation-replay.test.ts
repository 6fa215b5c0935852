import { describe, expect, it } from 'vitest';
import type { Notice } from '../conversations.schemas.ts';
import { coded } from './coded-texts.ts';
import { replayAnswer } from './generation-replay.ts';

const cut = coded('conversations.answer_cut', 'The model reached its limit of words.');
const other = coded('conversations.other_model', 'Small answers instead.', { model: 'Small' });
const again = coded('conversations.trying_again', 'Trying again (2 of 3).', { try: 2, tries: 3 });
const restarted = { type: 'restarted', data: { attempt: 2, reason: 'The program stopped.' } };
const notice = (data: object) => ({ type: 'notice', data });
const noticesAfter = (...events: { type: string; data: unknown }[]): Notice[] => replayAnswer(events).notices;

describe('notices of an answer that was followed to its end', () => {
  it('are those of the last attempt', () => {
    expect(noticesAfter(notice(other), notice(cut), restarted, notice(cut))).toEqual([cut]);
  });

  it('are each there once', () => {
    expect(noticesAfter(notice(cut), notice(other), notice(cut))).toEqual([cut, other]);
  });

  it('do not say that it was tried again, nor which model stood in before that', () => {
    expect(noticesAfter(notice(cut), notice(other), notice(again))).toEqual([cut]);
    expect(noticesAfter(notice(again), notice(other))).toEqual([other]);
  });

  it('have parameters, also those of earlier versions', () => {
    expect(noticesAfter(notice({ code: 'x', detail: 'y' }))).toEqual([
      { code: 'x', detail: 'y', params: {} },
    ]);
  });
});
