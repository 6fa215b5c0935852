import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from '@aiwfe/api-client';
import * as edits from './definition-edits.ts';
import { commit, redo, startHistory, undo } from './definition-history.ts';
import { layOut, withPlaces } from './layered-layout.ts';
import { nextPort, portsOf, type StepCatalogue } from './step-catalogue.ts';

/** A workflow while it is drawn: what it is, what is chosen in it, and every change with its way back. */
export class Drawing {
  readonly catalogue: StepCatalogue;
  readonly readOnly: boolean;
  #history = $state.raw(startHistory(edits.blankDefinition()));
  readonly definition = $derived(this.#history.present);
  readonly nodesById = $derived(new Map(this.definition.nodes.map((node) => [node.id, node])));
  readonly canUndo = $derived(this.#history.past.length > 0);
  readonly canRedo = $derived(this.#history.future.length > 0);
  /** Ids of the chosen steps, the one that was chosen last at the end. */
  selected = $state.raw<readonly string[]>([]);
  selectedEdges = $state.raw<readonly string[]>([]);
  readonly current = $derived.by((): WorkflowNode | undefined => {
    const [only, ...others] = this.selected;
    return only !== undefined && others.length === 0 ? this.nodesById.get(only) : undefined;
  });
  #clipping: edits.Clipping | null = null;

  constructor(definition: WorkflowDefinition, catalogue: StepCatalogue, readOnly = false) {
    this.catalogue = catalogue;
    this.readOnly = readOnly;
    this.#history = startHistory(withPlaces(definition));
  }

  node(id: string): WorkflowNode | undefined {
    return this.nodesById.get(id);
  }

  /** Takes a change over. Changes with the same key in a row are undone together. */
  commit(definition: WorkflowDefinition, key: string | null = null): void {
    if (this.readOnly) return;
    this.#history = commit(this.#history, definition, key);
    this.#dropGone();
  }

  undo(): void {
    this.#history = undo(this.#history);
    this.#dropGone();
  }

  redo(): void {
    this.#history = redo(this.#history);
    this.#dropGone();
  }

  select(ids: readonly string[], edges: readonly string[] = []): void {
    if (sameList(ids, this.selected) && sameList(edges, this.selectedEdges)) return;
    this.selected = ids;
    this.selectedEdges = edges;
  }

  selectAll(): void {
    this.select(this.definition.nodes.map((node) => node.id));
  }

  /** Adds a step: at a place, or after the chosen step and connected with it. */
  add(type: string, position?: edits.Position, config?: Record<string, unknown>): string {
    const before = position ? undefined : this.current;
    const place = position ?? (before ? this.#placeAfter(before) : this.#freePlace());
    const added = edits.addNode(this.definition, type, place, config);
    const port = before && this.#freePort(before);
    const isConnected = before && port !== undefined && type !== 'start';
    const connected = isConnected
      ? edits.connect(added.definition, before.id, port, added.id)
      : added.definition;
    this.commit(connected);
    this.select([added.id]);
    return added.id;
  }

  /** Adds a step that a connection was pulled to. */
  addAfter(from: string, port: string, type: string, position: edits.Position): string {
    const added = edits.addNode(this.definition, type, position);
    this.commit(edits.connect(added.definition, from, port, added.id));
    this.select([added.id]);
    return added.id;
  }

  insert(edge: WorkflowEdge, type: string): string {
    const [firstPort = nextPort] = portsOf(this.catalogue, { type });
    const added = edits.insertIntoEdge(this.definition, edge, type, firstPort);
    this.commit(added.definition);
    this.select([added.id]);
    return added.id;
  }

  connect(from: string, port: string, to: string): void {
    this.commit(edits.connect(this.definition, from, port, to));
  }

  disconnect(edge: WorkflowEdge): void {
    this.commit(edits.removeEdges(this.definition, [edits.edgeKey(edge)]));
  }

  /** Removes what is chosen, steps and connections. */
  removeSelected(): void {
    if (this.selected.length + this.selectedEdges.length === 0) return;
    const without = edits.removeEdges(this.definition, this.selectedEdges);
    this.commit(edits.removeNodes(without, this.selected));
  }

  move(positions: ReadonlyMap<string, edits.Position>): void {
    this.commit(edits.moveNodes(this.definition, positions));
  }

  /** Moves the chosen steps by lines of the grid. */
  nudge(dx: number, dy: number): void {
    const positions = new Map(
      this.selected.map((id) => {
        const { x, y } = edits.positionOf(this.definition, id);
        return [id, { x: x + dx * edits.grid, y: y + dy * edits.grid }] as const;
      }),
    );
    this.commit(edits.moveNodes(this.definition, positions), `nudge:${this.selected.join()}`);
  }

  tidy(): void {
    this.move(layOut(this.definition));
  }

  setting(id: string, name: string, value: unknown): void {
    this.commit(edits.changeSetting(this.definition, id, name, value), `setting:${id}:${name}`);
  }

  change(id: string, changes: Partial<WorkflowNode>): void {
    const key = `change:${id}:${Object.keys(changes).join()}`;
    this.commit(edits.changeNode(this.definition, id, changes), key);
  }

  /** Gives a step another id, in everything that names it; answers false when another step has it. */
  rename(before: string, after: string): boolean {
    if (before === after) return true;
    if (this.node(after) || !/^[a-z][a-z0-9_]{0,39}$/.test(after)) return false;
    this.commit(edits.renameNode(this.definition, before, after));
    this.select([after]);
    return true;
  }

  copy(): void {
    if (this.selected.length > 0) this.#clipping = edits.clip(this.definition, this.selected);
  }

  paste(): void {
    if (!this.#clipping || this.readOnly) return;
    const { definition, ids } = edits.paste(this.definition, this.#clipping);
    this.commit(definition);
    this.select(ids);
    // What is pasted again stands beside the first.
    this.#clipping = edits.clip(definition, ids);
  }

  duplicate(): void {
    this.copy();
    this.paste();
  }

  #placeAfter(node: WorkflowNode): edits.Position {
    const { x, y } = node.position ?? { x: 0, y: 0 };
    return this.#besides({ x: x + edits.columnWidth, y });
  }

  #freePlace(): edits.Position {
    const last = this.definition.nodes.at(-1)?.position ?? { x: 0, y: 0 };
    return this.#besides({ x: last.x, y: last.y + edits.rowHeight });
  }

  /** The place itself, or the first below it that no step stands on. */
  #besides(place: edits.Position): edits.Position {
    const isTaken = ({ x, y }: edits.Position): boolean =>
      this.definition.nodes.some(
        ({ position }) =>
          position &&
          Math.abs(position.x - x) < edits.columnWidth - edits.grid &&
          Math.abs(position.y - y) < edits.rowHeight - edits.grid,
      );
    let { x, y } = place;
    while (isTaken({ x, y })) y += edits.rowHeight;
    return { x, y };
  }

  /** The first way out that leads nowhere yet; of a step whose ways all lead somewhere the first. */
  #freePort(node: WorkflowNode): string | undefined {
    const ports = portsOf(this.catalogue, node).filter((port) => port !== 'error');
    const used = new Set(
      this.definition.edges.filter(({ from }) => from === node.id).map(({ port = nextPort }) => port),
    );
    if (node.type === 'parallel') return nextPort;
    return ports.find((port) => !used.has(port));
  }

  #dropGone(): void {
    const ids = new Set(this.definition.nodes.map((node) => node.id));
    const keys = new Set(this.definition.edges.map(edits.edgeKey));
    this.select(
      this.selected.filter((id) => ids.has(id)),
      this.selectedEdges.filter((key) => keys.has(key)),
    );
  }
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
