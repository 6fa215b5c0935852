import { type Static, type TSchema, Type } from 'typebox';
import { DisplayNameField, EmailField, PasswordField, Role, User } from '../accounts/index.ts';

const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const strict = { additionalProperties: false } as const;
const Id = Type.String({ format: 'uuid' });
const Timestamp = Type.String({ format: 'date-time' });
const Status = User.properties.status;

export const Person = Type.Object({
  ...User.properties,
  second_factors: Type.Array(Type.String()),
  last_sign_in_at: Nullable(Timestamp),
  live_sessions: Type.Integer(),
});
export const PersonList = Type.Object({ items: Type.Array(Person), next_cursor: Nullable(Type.String()) });

export const PersonSession = Type.Object({
  id: Id,
  user: Type.Object({ id: Id, email: Type.String(), display_name: Type.String(), role: Role }),
  created_at: Timestamp,
  last_seen_at: Timestamp,
  expires_at: Timestamp,
  ip_address: Type.String(),
  label: Type.String(),
  country: Nullable(Type.String()),
  factors: Type.Array(Type.String()),
  restriction: Nullable(Type.String()),
  may_end: Type.Boolean({ description: 'Of somebody of lower rank than the one who looks.' }),
});
export const PersonSessionList = Type.Object({
  items: Type.Array(PersonSession),
  next_cursor: Nullable(Type.String()),
});

export const PersonDetails = Type.Object({
  ...Person.properties,
  devices: Type.Integer(),
  has_password: Type.Boolean(),
  must_change_password: Type.Boolean(),
  second_factor_due_at: Nullable(Timestamp),
  may_administer: Type.Boolean({ description: 'Of lower rank than the one who looks.' }),
  sessions: Type.Array(PersonSession),
});

const page = {
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
};
export const PeopleQuery = Type.Object(
  {
    ...page,
    search: Type.Optional(
      Type.String({ maxLength: 200, description: 'Beginnings of words of a name or an e-mail address.' }),
    ),
    role: Type.Optional(Role),
    status: Type.Optional(Status),
  },
  strict,
);
export type PeopleFilter = Static<typeof PeopleQuery>;
export const SessionsQuery = Type.Object({ ...page, user_id: Type.Optional(Id) }, strict);
export type SessionsFilter = Static<typeof SessionsQuery>;

export const NewPersonBody = Type.Object(
  {
    email: EmailField,
    display_name: DisplayNameField,
    role: Role,
    password: Type.Optional(PasswordField),
    send_link: Type.Optional(
      Type.Boolean({ description: 'Mails a link to choose a password; instead of one given here.' }),
    ),
  },
  strict,
);
export type NewPerson = Static<typeof NewPersonBody>;

export const PersonChangeBody = Type.Object(
  {
    display_name: Type.Optional(DisplayNameField),
    role: Type.Optional(Role),
    status: Type.Optional(
      Type.Union([Type.Literal('active'), Type.Literal('suspended'), Type.Literal('deactivated')]),
    ),
  },
  { ...strict, minProperties: 1 },
);
export type PersonChange = Static<typeof PersonChangeBody>;

export const UserParams = Type.Object({ user_id: Id });
export const SessionParams = Type.Object({ session_id: Id });
