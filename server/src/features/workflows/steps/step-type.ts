import type { TSchema } from 'typebox';
import type { SettingProblem } from '../definitions/problem-codes.ts';
import type { Scope } from '../definitions/template.ts';
import type { ConversationChoice } from '../workflow-ports.ts';

/** What a step is given when it runs. It acts as the owner of the run and as nobody else. */
export interface StepContext {
  runId: string;
  workflowId: string;
  ownerId: string;
  /** The conversation that the run answers in. */
  conversationId: string | null;
  /** What the person chose there; sub-workflows have it too. */
  choice: ConversationChoice | null;
  number: number;
  nodeId: string;
  /** The same when a crash repeats an attempt, another one for the next attempt: for asking again. */
  idempotencyKey: string;
  /** The same for every attempt of the step: for what must take effect once, however often it is sent. */
  effectKey: string;
  /** Aborted when the run is cancelled, its time or the step's time is over, or the process stops. */
  signal: AbortSignal;
  depth: number;
  /** Tokens that the run may still use. */
  remainingTokens: number;
  /** What expressions may name. */
  scope: Scope;
  /** Shows text while it is written. */
  emitText(text: string): void;
}

/** What a step waits for. The run rests meanwhile: it holds no memory and survives every restart. */
export type Waiting =
  | { kind: 'time'; until: Date }
  | { kind: 'event'; event: string; until: Date | null }
  | { kind: 'approval'; approval: ApprovalRequest }
  | { kind: 'child'; workflowId: string; input: unknown };

export interface ApprovalRequest {
  title: string;
  detail: string;
  data: unknown;
  assigneeId: string | null;
  expiresAt: Date | null;
  escalateTo: string | null;
}

export type StepOutcome =
  | { output: unknown; port?: string; usage?: { inputTokens: number; outputTokens: number } }
  | { waits: Waiting };

/** What came for a waiting step. */
export type Resolution =
  | { kind: 'time' }
  | { kind: 'event'; data: unknown }
  | {
      kind: 'approval';
      decision: 'approved' | 'rejected' | 'expired';
      comment: string | null;
      by: string | null;
    }
  | { kind: 'child'; status: string; output: unknown; error: unknown; run_id: string };

/** A kind of step: one file each, listed in `createStepTypes`. */
export interface StepType {
  type: string;
  title: string;
  description: string;
  /** Of the settings as they are written; templates are strings in it. */
  config: TSchema;
  /** The ways out, besides `error`. */
  ports(config: Record<string, unknown>): readonly string[];
  /** Settings that hold an expression instead of a template. */
  expressions?: readonly string[];
  /** Settings that are taken as they are written. */
  literals?: readonly string[];
  /** Computes and reaches nothing outside: what follows may begin before its result is stored, a crash repeats it. */
  computes?: boolean;
  /** Loops, branches and ends are done by the run itself. */
  structural?: boolean;
  /** Changes or sends something: waits for an approval by default. */
  writes?(config: Record<string, unknown>): boolean;
  /** Waits for an approval; what changes or sends something does where this is not said. */
  asks?(config: Record<string, unknown>): boolean;
  /** What a person is asked, where the settings alone would say too little. */
  question?(config: Record<string, unknown>): Partial<ApprovalRequest>;
  /** What comes of it where the person does not approve; without it the step fails. */
  refused?(config: Record<string, unknown>, decision: 'rejected' | 'expired'): StepOutcome;
  /** Further problems of the settings. */
  check?(config: Record<string, unknown>): SettingProblem[];
  /** `config` has its templates replaced. */
  run?(context: StepContext, config: Record<string, unknown>): Promise<StepOutcome>;
  /** After what it waited for came. */
  resume?(
    context: StepContext,
    config: Record<string, unknown>,
    resolution: Resolution,
  ): Promise<StepOutcome>;
}

export type StepTypes = ReadonlyMap<string, StepType>;

/** Declares a step whose settings are typed by its schema, which validation has checked them with. */
export function defineStep<Config extends object>(
  step: Omit<StepType, 'ports' | 'writes' | 'asks' | 'question' | 'refused' | 'check' | 'run' | 'resume'> & {
    ports?(config: Config): readonly string[];
    writes?(config: Config): boolean;
    asks?(config: Config): boolean;
    question?(config: Config): Partial<ApprovalRequest>;
    refused?(config: Config, decision: 'rejected' | 'expired'): StepOutcome;
    check?(config: Config): SettingProblem[];
    run?(context: StepContext, config: Config): Promise<StepOutcome>;
    resume?(context: StepContext, config: Config, resolution: Resolution): Promise<StepOutcome>;
  },
): StepType {
  return { ports: () => ['next'], ...step } as unknown as StepType;
}
