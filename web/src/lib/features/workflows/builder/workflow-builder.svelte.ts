import type { Workflow, WorkflowDefinition } from '@aiwfe/api-client';
import { createContext } from 'svelte';
import { ApiProblem, api } from '#lib/api/index.ts';
import { inOwnWords } from '../step-names.ts';
import { Drawing } from './drawing.svelte.ts';
import { EditorChoices } from './editor-choices.svelte.ts';
import { withPlaces } from './layered-layout.ts';
import type { LocalDrafts } from './local-draft.ts';
import { ProblemCheck } from './problem-check.svelte.ts';
import { RunOverlay } from './run-overlay.svelte.ts';
import type { StepCatalogue } from './step-catalogue.ts';
import { StepTest } from './step-test.svelte.ts';

export type Panel = 'step' | 'problems' | 'triggers' | 'versions' | 'workflow' | null;

/** One workflow in its editor: the drawing, what the server has of it, and how both come together. */
export class WorkflowBuilder {
  workflow = $state.raw<Workflow>() as Workflow;
  readonly drawing: Drawing;
  readonly check: ProblemCheck;
  readonly overlay = new RunOverlay();
  readonly test: StepTest;
  readonly choices = new EditorChoices();
  panel = $state<Panel>(null);
  isSaving = $state(false);
  failure = $state.raw<unknown>(null);
  /** What somebody else saved meanwhile; the person decides which one stays. */
  conflict = $state.raw<Workflow | null>(null);
  /** When the drawing of an earlier visit was kept; null when this one began with the saved version. */
  restoredFrom = $state<string | null>(null);
  readonly readOnly: boolean;
  #saved = $state.raw<WorkflowDefinition>() as WorkflowDefinition;
  readonly isChanged = $derived.by(() => !sameDrawing(this.drawing.definition, this.#saved));
  readonly drafts: LocalDrafts;
  /** Whether what is drawn outlives the page: false where the browser has no room for it. */
  isDraftKept = $state(true);

  constructor(workflow: Workflow, catalogue: StepCatalogue, drafts: LocalDrafts) {
    // Workflows of the chat's modes come with the program and are only looked at.
    this.readOnly = workflow.builtin !== null;
    this.workflow = workflow;
    this.check = new ProblemCheck(workflow.problems);
    this.test = new StepTest(workflow.id);
    this.drafts = drafts;
    const { builtin, definition } = workflow;
    const shown = builtin === null ? definition : inOwnWords(definition, builtin);
    this.drawing = new Drawing(shown, catalogue, this.readOnly);
    this.#saved = this.drawing.definition;
    this.#restore();
  }

  get id(): string {
    return this.workflow.id;
  }

  get saved(): WorkflowDefinition {
    return this.#saved;
  }

  /** Keeps the drawing in this browser while it differs from the saved one; for `$effect`. */
  keepDraft(): void {
    const { definition } = this.drawing;
    if (this.readOnly) return;
    if (!this.isChanged) {
      this.drafts.clear();
      this.isDraftKept = true;
    } else {
      const keptAt = new Date().toISOString();
      this.isDraftKept = this.drafts.write({ version: this.workflow.version, definition, keptAt });
    }
  }

  /** Saves the drawing as a new version; answers whether the server has it now. */
  async save(): Promise<boolean> {
    if (!this.isChanged || this.readOnly) return true;
    const { definition } = this.drawing;
    return await this.#send({ definition });
  }

  async changeDetails(details: { name?: string; description?: string; enabled?: boolean }): Promise<void> {
    await this.#patch(details);
  }

  /** The person's drawing becomes the newest version, above the one that came meanwhile. */
  async keepMine(): Promise<void> {
    if (!this.conflict) return;
    this.workflow = this.conflict;
    this.conflict = null;
    await this.save();
  }

  /** The other version stays; the person's drawing becomes a workflow of its own, so that nothing is lost. */
  async keepTheirs(nameOfCopy: string): Promise<string | null> {
    const theirs = this.conflict;
    if (!theirs) return null;
    const { definition } = this.drawing;
    const copy = await api.post<Workflow>('/workflows', { name: nameOfCopy, definition });
    this.conflict = null;
    this.show(theirs);
    return copy.id;
  }

  /** Goes back to the saved version. The drawing can be had again by undoing. */
  discard(): void {
    this.drawing.commit(this.#saved);
    this.restoredFrom = null;
  }

  /** Shows a version that the server has. */
  show(workflow: Workflow): void {
    this.workflow = workflow;
    this.#saved = withPlaces(workflow.definition);
    this.drawing.commit(this.#saved);
    this.restoredFrom = null;
  }

  /** Reads the workflow again after a hint that it changed. */
  async refresh(): Promise<void> {
    if (this.isSaving || this.readOnly) return;
    this.#meet(await api.get<Workflow>(`/workflows/${this.id}`));
  }

  /** What the server has now, beside what is drawn here. */
  #meet(newer: Workflow): void {
    if (newer.revision <= this.workflow.revision) return;
    if (newer.version === this.workflow.version) this.workflow = newer;
    // Two tabs began with the same unsaved drawing, and the other one saved it.
    else if (!this.isChanged || sameDrawing(withPlaces(newer.definition), this.drawing.definition))
      this.show(newer);
    else this.conflict = newer;
  }

  /** Saving was refused, because something else is stored; answers whether the drawing is, in the end. */
  async #compare(): Promise<boolean> {
    const { revision } = this.workflow;
    try {
      this.#meet(await api.get<Workflow>(`/workflows/${this.id}`));
    } catch (error) {
      this.failure = error;
      return false;
    }
    // Only its name or its switch had changed: the drawing may still follow the version that it began with.
    return this.conflict === null && this.workflow.revision > revision && (await this.save());
  }

  #restore(): void {
    const draft = this.readOnly ? null : this.drafts.read();
    if (!draft || sameDrawing(draft.definition, this.#saved)) return;
    this.drawing.commit(draft.definition);
    this.restoredFrom = draft.keptAt;
    if (draft.version < this.workflow.version) this.conflict = this.workflow;
  }

  async #send(changes: { definition: WorkflowDefinition }): Promise<boolean> {
    this.isSaving = true;
    this.failure = null;
    try {
      await this.#patch(changes);
      return true;
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'workflows.changed_meanwhile')
        return await this.#compare();
      this.failure = error;
      return false;
    } finally {
      this.isSaving = false;
    }
  }

  async #patch(changes: object): Promise<void> {
    const headers = { 'if-match': `"${this.workflow.revision}"` };
    const workflow = await api.patch<Workflow>(`/workflows/${this.id}`, changes, { headers });
    this.workflow = workflow;
    if (!('definition' in changes)) return;
    // Newer strokes stay unsaved; the places that the drawing gave to steps are part of it.
    this.#saved = changes.definition as WorkflowDefinition;
    this.restoredFrom = null;
  }
}

function sameDrawing(a: WorkflowDefinition, b: WorkflowDefinition): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

const [useBuilderContext, setBuilderContext] = createContext<WorkflowBuilder>();

export function provideBuilder(builder: WorkflowBuilder): WorkflowBuilder {
  return setBuilderContext(builder);
}

/** The editor's state, inside the editor. */
export const useBuilder = useBuilderContext;
