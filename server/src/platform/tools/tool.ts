import type { TSchema } from 'typebox';
import type { DocumentScope } from './document-scope.ts';

/** What a tool is given. It acts as the owner, through the services that the owner's own requests go through. */
export interface ToolContext {
  ownerId: string;
  /** What it is used in: kept beside what it stores, so that people see where that came from. */
  origin: ToolOrigin;
  /** Which documents it may look into; all of the owner's where it is not said. */
  documents?: DocumentScope;
  /** `false` where the person did not switch the web on for this question. */
  web?: boolean;
  /** The same however often the step is tried: what it does takes effect once. */
  idempotencyKey: string;
  signal: AbortSignal;
}

export type ToolOrigin =
  | { kind: 'workflow'; workflowId: string; runId: string }
  | { kind: 'conversation'; conversationId: string };

/**
 * Something that workflows and chats can do in this program: one file each, in the feature that offers it. Its results
 * are data; no text ever gives a tool another right.
 */
export interface WorkflowTool {
  /** `documents.search` */
  name: string;
  title: string;
  description: string;
  /** When to use it and what comes back, for a model that chooses among tools. */
  purpose: string;
  input: TSchema;
  /** What an API key would need for the same. */
  scope: string;
  /** Changes something. */
  writes: boolean;
  /** Waits for an approval unless the workflow says `approval: never`; by default what writes does (S37). */
  needsApproval?: boolean;
  run(context: ToolContext, input: never): Promise<unknown>;
}

/** Declares a tool whose input is typed by its schema. */
export function defineTool<Input>(
  tool: Omit<WorkflowTool, 'run'> & { run(context: ToolContext, input: Input): Promise<unknown> },
): WorkflowTool {
  return tool as unknown as WorkflowTool;
}
