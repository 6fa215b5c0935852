import type { Notice } from '../conversations.schemas.ts';
import type { EventWriter } from './event-writer.ts';

/** Codes of notices that are kept, or not, because of what they say. */
export const otherModelCode = 'conversations.other_model';
export const tryingAgainCode = 'conversations.trying_again';

/** Says what a person should know about an answer, and keeps what still matters when the answer is there. */
export interface NoticeRecorder {
  notices(): Notice[];
  say(notice: Notice): void;
}

/** A recorder that writes to the answer's stream. */
export function createNoticeRecorder(writer: Pick<EventWriter, 'push'>): NoticeRecorder {
  let kept: Notice[] = [];
  return {
    notices: () => kept,
    say(notice) {
      kept = withNotice(kept, notice);
      writer.push({ type: 'notice', data: notice });
    },
  };
}

/** The notices to keep after one more was said, each once. */
export function withNotice(kept: Notice[], notice: Notice): Notice[] {
  // Over once the answer is there. The model that stood in has failed as well.
  if (notice.code === tryingAgainCode) return kept.filter(({ code }) => code !== otherModelCode);
  const isKnown = kept.some(({ code, detail }) => code === notice.code && detail === notice.detail);
  return isKnown ? kept : [...kept, notice];
}
