import type { WorkflowEdge } from '@aiwfe/api-client';
import { createContext } from 'svelte';
import type { Position } from './definition-edits.ts';

/** Where the step goes that is being picked. */
export type PickTarget =
  | { kind: 'after' }
  | { kind: 'place'; position: Position }
  | { kind: 'port'; from: string; port: string; position: Position }
  | { kind: 'edge'; edge: WorkflowEdge };

const lingerMs = 120;

/** What the parts of the canvas tell one another: the connection under the pointer, and what is picked a step for. */
export class CanvasState {
  hoveredEdge = $state<string | null>(null);
  picking = $state.raw<PickTarget | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Leaving lingers, so that the pointer can reach the buttons. */
  hover(edge: string | null): void {
    clearTimeout(this.#timer);
    if (edge !== null) this.hoveredEdge = edge;
    else
      this.#timer = setTimeout(() => {
        this.hoveredEdge = null;
      }, lingerMs);
  }

  pickFor(target: PickTarget): void {
    this.picking = target;
  }
}

const [useCanvasContext, setCanvasContext] = createContext<CanvasState>();

export function provideCanvas(): CanvasState {
  return setCanvasContext(new CanvasState());
}

export const useCanvas = useCanvasContext;
