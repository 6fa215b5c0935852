export interface ShortcutActions {
  palette: () => void;
  list: () => void;
  newConversation: () => void;
  toggleRail: () => void;
  /** The letter after `g`; answers false when it leads nowhere. */
  goTo: (letter: string) => boolean;
}

const sequenceMs = 1_500;

/** True when the key belongs to what is being typed rather than to the page. */
function isTyping(target: EventTarget | null): boolean {
  return (
    typeof HTMLElement !== 'undefined' &&
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('input, textarea, select, [role="menu"], [role="dialog"]') !== null)
  );
}

/** Keyboard shortcuts of the whole app: Ctrl/⌘-K everywhere, single keys only outside of text. */
export function createShortcuts(actions: ShortcutActions) {
  let goSinceMs = Number.NEGATIVE_INFINITY;

  // The time at which the key was pressed: a busy page may hear of it late.
  function runSingleKey({ key, timeStamp }: KeyboardEvent): boolean {
    if (timeStamp - goSinceMs < sequenceMs) {
      goSinceMs = Number.NEGATIVE_INFINITY;
      return actions.goTo(key);
    }
    if (key === 'g') goSinceMs = timeStamp;
    else if (key === '?') actions.list();
    else if (key === 'c') actions.newConversation();
    else if (key === '[') actions.toggleRail();
    else return false;
    return true;
  }

  return function onKeydown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      actions.palette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (runSingleKey(event)) event.preventDefault();
  };
}

/** How the modifier key is called on this machine. */
export function modifierLabel(): string {
  return /mac|iphone|ipad/i.test(navigator.platform) ? '⌘' : 'Ctrl';
}
