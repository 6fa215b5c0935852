import { type Static, Type } from 'typebox';
import { ChatMode } from '../conversations/index.ts';
import { DefinitionSchema } from '../workflows/index.ts';

const closed = { additionalProperties: false };
export const maxPromptCharacters = 8_000;

const Id = Type.String({ format: 'uuid' });

export const ModeView = Type.Object({
  id: ChatMode,
  title: Type.String(),
  about: Type.String(),
  /** Without a model only the simple mode is what it is; the others quote as it does. */
  available: Type.Boolean(),
  /** What it cannot do at present, in a sentence. */
  limits: Type.Union([Type.String(), Type.Null()]),
  /** Why it cannot: no model is connected, or web search is off. */
  limits_code: Type.Union([Type.Literal('no_model'), Type.Literal('no_web'), Type.Null()]),
  /** The workflow of the mode: the person's own, or the built-in one; none before its first use, and never of the simple mode. */
  workflow_id: Type.Union([Id, Type.Null()]),
});
export type ModeView = Static<typeof ModeView>;
export const ModeList = Type.Object({ items: Type.Array(ModeView) });

export const ModeDefinition = Type.Object({ definition: DefinitionSchema });

export const ExpertView = Type.Object({
  id: Type.String(),
  title: Type.String(),
  about: Type.String(),
  /** Whose model answers for it. */
  slot: Type.String(),
  enabled: Type.Boolean(),
  prompt: Type.String(),
  default_prompt: Type.String(),
  customised: Type.Boolean(),
});
export type ExpertView = Static<typeof ExpertView>;
export const ExpertList = Type.Object({ items: Type.Array(ExpertView) });

export const ExpertChange = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean()),
    /** `null`: back to the instructions that it comes with. */
    prompt: Type.Optional(Type.Union([Type.String({ maxLength: maxPromptCharacters }), Type.Null()])),
  },
  closed,
);
export type ExpertChange = Static<typeof ExpertChange>;

const Permission = Type.Union([Type.Literal('ask'), Type.Literal('allow'), Type.Literal('off')]);

export const ToolView = Type.Object({
  name: Type.String(),
  title: Type.String(),
  description: Type.String(),
  writes: Type.Boolean(),
  permission: Permission,
});
export type ToolView = Static<typeof ToolView>;
export const ToolList = Type.Object({ items: Type.Array(ToolView) });
export const ToolChange = Type.Object({ permission: Permission }, closed);
export type ToolChange = Static<typeof ToolChange>;
