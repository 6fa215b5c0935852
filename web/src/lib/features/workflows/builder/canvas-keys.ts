import type { CanvasState } from './canvas-state.svelte.ts';
import type { Drawing } from './drawing.svelte.ts';

interface Actions {
  drawing: Drawing;
  canvas: CanvasState;
  save: () => void;
  run: () => void;
}

const typing = 'input, textarea, select, [contenteditable], [role="menu"], [role="dialog"], [role="listbox"]';
const arrows: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The keys of the editor. While something is typed, keys belong to the text; saving and running work everywhere. */
export function createCanvasKeys({ drawing, canvas, save, run }: Actions) {
  const withControl: Record<string, () => void> = {
    a: () => drawing.selectAll(),
    c: () => drawing.copy(),
    d: () => drawing.duplicate(),
    v: () => drawing.paste(),
    y: () => drawing.redo(),
    z: () => drawing.undo(),
    x: () => {
      drawing.copy();
      drawing.removeSelected();
    },
  };

  const alone: Record<string, () => void> = {
    Delete: () => drawing.removeSelected(),
    Backspace: () => drawing.removeSelected(),
    Escape: () => drawing.select([]),
    n: () => canvas.pickFor({ kind: 'after' }),
  };

  function arrow(event: KeyboardEvent): boolean {
    const by = arrows[event.key];
    if (!by || drawing.selected.length === 0 || event.altKey) return false;
    const lines = event.shiftKey ? 5 : 1;
    drawing.nudge(by[0] * lines, by[1] * lines);
    return true;
  }

  /** Enter or Space on a step of the canvas chooses it. */
  function choose(event: KeyboardEvent): boolean {
    if (event.key !== 'Enter' && event.key !== ' ') return false;
    const node = event.target instanceof Element ? event.target : null;
    const id = node?.classList.contains('svelte-flow__node') ? node.getAttribute('data-id') : null;
    if (id === null) return false;
    drawing.select(event.shiftKey ? [...drawing.selected.filter((one) => one !== id), id] : [id]);
    return true;
  }

  function find(event: KeyboardEvent): (() => void) | undefined {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!(event.ctrlKey || event.metaKey)) return event.altKey ? undefined : alone[key];
    if (key === 'z' && event.shiftKey) return () => drawing.redo();
    return event.shiftKey ? undefined : withControl[key];
  }

  return function onKeydown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const isControl = event.ctrlKey || event.metaKey;
    const everywhere = isControl && { s: save, enter: run }[event.key.toLowerCase()];
    if (everywhere) take(event, everywhere);
    if (everywhere || (event.target instanceof Element && event.target.closest(typing))) return;
    // Text that is marked on the page is what Ctrl-C means.
    if (isControl && event.key === 'c' && !document.getSelection()?.isCollapsed) return;
    const isDone = arrow(event) || choose(event);
    const action = isDone ? () => undefined : find(event);
    if (action) take(event, action);
  };
}

function take(event: KeyboardEvent, action: () => void): void {
  event.preventDefault();
  action();
}
