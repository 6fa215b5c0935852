import { type Static, Type } from 'typebox';
import { failureFields } from '../../platform/http/failure.schema.ts';

const closed = { additionalProperties: false } as const;

export const ProviderKind = Type.Union([
  Type.Literal('tavily'),
  Type.Literal('serpapi'),
  Type.Literal('brave'),
  Type.Literal('searxng'),
]);
export type ProviderKind = Static<typeof ProviderKind>;

export const Freshness = Type.Union([
  Type.Literal('day'),
  Type.Literal('week'),
  Type.Literal('month'),
  Type.Literal('year'),
]);
export type Freshness = Static<typeof Freshness>;

/** One page that a search found. All texts are plain: nothing in them is to be rendered as HTML. */
export const SearchResult = Type.Object({
  title: Type.String(),
  url: Type.String(),
  snippet: Type.String(),
  published_at: Type.Union([Type.String(), Type.Null()]),
  /** Who found it. */
  source: ProviderKind,
});
export type SearchResult = Static<typeof SearchResult>;

export const SearchBody = Type.Object(
  {
    query: Type.String({ minLength: 1, maxLength: 2_000 }),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })),
    language: Type.Optional(Type.String({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$', maxLength: 35 })),
    freshness: Type.Optional(Freshness),
  },
  closed,
);
export type SearchBody = Static<typeof SearchBody>;

export const SearchAnswer = Type.Object({
  results: Type.Array(SearchResult),
  provider: ProviderKind,
  cached: Type.Boolean(),
});
export type SearchAnswer = Static<typeof SearchAnswer>;

export const Availability = Type.Object({ enabled: Type.Boolean() });

export const ProviderView = Type.Object({
  kind: ProviderKind,
  enabled: Type.Boolean(),
  base_url: Type.String(),
  allow_local: Type.Boolean(),
  has_api_key: Type.Boolean(),
  searches_per_hour: Type.Integer(),
});

export const SettingsView = Type.Object({
  enabled: Type.Boolean(),
  safe: Type.Boolean(),
  searches_per_person: Type.Integer(),
  providers: Type.Array(ProviderView),
  version: Type.Integer(),
});
export type SettingsView = Static<typeof SettingsView>;

export const ProviderChange = Type.Object(
  {
    kind: ProviderKind,
    enabled: Type.Boolean(),
    base_url: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000 })),
    allow_local: Type.Optional(Type.Boolean()),
    /** Not given: the stored one stays; null: it is removed. */
    api_key: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 500 }), Type.Null()])),
    searches_per_hour: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  },
  closed,
);
export type ProviderChange = Static<typeof ProviderChange>;

export const SettingsChange = Type.Object(
  {
    enabled: Type.Boolean(),
    safe: Type.Optional(Type.Boolean()),
    searches_per_person: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    /** In the order in which they are asked; one that is missing is removed with its key. */
    providers: Type.Array(ProviderChange, { maxItems: 4 }),
  },
  closed,
);
export type SettingsChange = Static<typeof SettingsChange>;

export const TestBody = Type.Object({ kind: ProviderKind }, closed);
export const TestAnswer = Type.Object({
  ok: Type.Boolean(),
  ...failureFields,
  code: Type.Union([Type.String(), Type.Null()]),
});
export type TestAnswer = Static<typeof TestAnswer>;
