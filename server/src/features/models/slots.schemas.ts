import { type Static, type TSchema, Type } from 'typebox';
import { type SlotName, slotNames } from '../../platform/models/index.ts';

const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const strict = { additionalProperties: false };

const Role = Type.Union([Type.Literal('user'), Type.Literal('admin'), Type.Literal('superuser')]);
const Level = Type.Union([
  Type.Literal('system'),
  Type.Literal('role'),
  Type.Literal('person'),
  Type.Literal('conversation'),
  Type.Literal('choice'),
]);
const Slots = Type.Unsafe<SlotName>(Type.Union(slotNames.map((name) => Type.Literal(name))));
const ModelName = Type.String({ minLength: 1, maxLength: 300 });
const ProviderId = Type.String({ maxLength: 100 });
const AssignedModel = Type.Object({ provider_id: Type.String(), model: Type.String() });

export const SlotOptionsBody = Type.Object(
  {
    temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
    max_output_tokens: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    context_tokens: Type.Optional(Type.Integer({ minimum: 256, maximum: 10_000_000 })),
    keep_alive: Type.Optional(Type.String({ pattern: '^(-1|\\d{1,6}(\\.\\d{1,3})?(ms|s|m|h)?)$' })),
    system_prefix: Type.Optional(Type.String({ minLength: 1, maxLength: 4_000 })),
  },
  strict,
);
export type SlotOptionsBody = Static<typeof SlotOptionsBody>;

export const Slot = Type.Object({
  slot: Slots,
  group: Type.Union([
    Type.Literal('conversation'),
    Type.Literal('documents'),
    Type.Literal('agents'),
    Type.Literal('experts'),
  ]),
  title: Type.String(),
  about: Type.String(),
  /** Whose model does the job while it has none of its own. */
  parent: Nullable(Slots),
  needs: Type.Union([Type.Literal('chat'), Type.Literal('embedding'), Type.Literal('vision')]),
  /** What is set at the level that was asked for, and nothing else. */
  assignment: Nullable(AssignedModel),
  fallbacks: Type.Array(AssignedModel),
  options: SlotOptionsBody,
  locked: Type.Boolean(),
  /** A more general level that keeps this one from counting. */
  locked_by: Nullable(Level),
  effective: Type.Object({
    provider_id: Type.String(),
    provider_kind: Type.Union([Type.Literal('ollama'), Type.Literal('openai'), Type.Literal('builtin')]),
    model: Type.String(),
    label: Type.String(),
    fallbacks: Type.Array(Type.Object({ ...AssignedModel.properties, label: Type.String() })),
    options: SlotOptionsBody,
  }),
  /** Level and slot that the effective model comes from; null while nothing is assigned. */
  source: Nullable(Type.Object({ level: Level, slot: Slots })),
  reason: Type.String(),
});
export type Slot = Static<typeof Slot>;
export const SlotList = Type.Object({ items: Type.Array(Slot) });

export const SlotView = Type.Object(
  {
    for: Type.Optional(Type.Union([Type.Literal('me'), Type.Literal('role'), Type.Literal('conversation')])),
    role: Type.Optional(Role),
    conversation_id: Type.Optional(Type.String({ maxLength: 100 })),
  },
  strict,
);
export type SlotView = Static<typeof SlotView>;

const SlotId = Type.String({ maxLength: 60 });
export const SlotParams = Type.Object({ slot: SlotId });
export const RoleSlotParams = Type.Object({ slot: SlotId, role: Role });
export const ConversationSlotParams = Type.Object({
  slot: SlotId,
  conversation_id: Type.String({ maxLength: 100 }),
});

const extras = {
  options: Type.Optional(SlotOptionsBody),
  locked: Type.Optional(Type.Boolean()),
};
export const SlotChoice = Type.Union(
  [
    Type.Object(
      {
        provider_id: ProviderId,
        model: ModelName,
        fallbacks: Type.Optional(
          Type.Array(Type.Object({ provider_id: ProviderId, model: ModelName }, strict), { maxItems: 5 }),
        ),
        ...extras,
      },
      strict,
    ),
    Type.Object({ provider_id: Type.Null(), model: Type.Null(), ...extras }, strict),
  ],
  { required: ['provider_id', 'model'] },
);
export type SlotChoice = Static<typeof SlotChoice>;
