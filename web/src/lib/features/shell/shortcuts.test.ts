import { describe, expect, it } from 'vitest';
import { createShortcuts } from './shortcuts.ts';

function press(keys: (string | Partial<KeyboardEvent>)[]) {
  const done: string[] = [];
  let timeStamp = 0;
  const onKeydown = createShortcuts({
    palette: () => done.push('palette'),
    list: () => done.push('list'),
    newConversation: () => done.push('new'),
    toggleRail: () => done.push('rail'),
    goTo: (letter) => {
      done.push(`go ${letter}`);
      return true;
    },
  });
  for (const key of keys) {
    const event = typeof key === 'string' ? { key } : key;
    if (event.key === 'wait') timeStamp += 10_000;
    else onKeydown({ target: null, timeStamp, preventDefault: () => undefined, ...event } as KeyboardEvent);
  }
  return done;
}

describe('createShortcuts', () => {
  it('opens the palette with Ctrl-K and with ⌘K', () => {
    expect(
      press([
        { key: 'k', ctrlKey: true },
        { key: 'K', metaKey: true },
      ]),
    ).toEqual(['palette', 'palette']);
  });

  it('goes to a place with g and a letter', () => {
    expect(press(['g', 'd', 'g', 'h'])).toEqual(['go d', 'go h']);
  });

  it('forgets the g after a while', () => {
    expect(press(['g', 'wait', 'c'])).toEqual(['new']);
  });

  it('leaves keys with a modifier to the browser', () => {
    expect(press([{ key: 'c', ctrlKey: true }])).toEqual([]);
  });
});
