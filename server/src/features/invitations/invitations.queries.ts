import { sql } from 'kysely';
import type { Role } from '../../platform/http/route.ts';
import type { Executor } from '../audit/index.ts';

export type InvitedRole = Exclude<Role, 'superuser'>;

export interface Invitation {
  id: string;
  email: string;
  emailCanonical: string;
  role: InvitedRole;
  message: string;
  invitedBy: string;
  inviterName: string;
  inviterRole: Role;
  inviterActive: boolean;
  createdAt: Date;
  expiresAt: Date;
  acceptedAt: Date | undefined;
  revokedAt: Date | undefined;
}

interface InvitationRow {
  id: string;
  email: string;
  email_canonical: string;
  role: InvitedRole;
  message: string;
  invited_by: string;
  inviter_name: string;
  inviter_role: Role;
  inviter_status: string;
  created_at: Date;
  expires_at: Date;
  accepted_at: Date | null;
  revoked_at: Date | null;
}

const columns = sql`i.id, i.email, i.email_canonical, i.role, i.message, i.invited_by, u.display_name as inviter_name,
  u.role as inviter_role, u.status as inviter_status, i.created_at, i.expires_at, i.accepted_at, i.revoked_at`;
const source = sql`invitations i join users u on u.id = i.invited_by`;
const isOpen = sql`i.accepted_at is null and i.revoked_at is null`;

const toInvitation = (row: InvitationRow): Invitation => ({
  id: row.id,
  email: row.email,
  emailCanonical: row.email_canonical,
  role: row.role,
  message: row.message,
  invitedBy: row.invited_by,
  inviterName: row.inviter_name,
  inviterRole: row.inviter_role,
  inviterActive: row.inviter_status === 'active',
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  acceptedAt: row.accepted_at ?? undefined,
  revokedAt: row.revoked_at ?? undefined,
});

export interface NewInvitation {
  id: string;
  email: string;
  emailCanonical: string;
  role: InvitedRole;
  message: string;
  tokenHash: Buffer;
  invitedBy: string;
  lifetimeSeconds: number;
}

/** False when an invitation of the address is open; one that ran out gives way. */
export async function insertInvitation(executor: Executor, row: NewInvitation): Promise<boolean> {
  await sql`update invitations set revoked_at = now()
    where email_canonical = ${row.emailCanonical} and accepted_at is null and revoked_at is null
      and expires_at < now()`.execute(executor);
  const { rows } = await sql`
    insert into invitations (id, email, email_canonical, role, message, token_hash, invited_by, expires_at)
    values (${row.id}, ${row.email}, ${row.emailCanonical}, ${row.role}, ${row.message}, ${row.tokenHash},
      ${row.invitedBy}, now() + ${row.lifetimeSeconds} * interval '1 second')
    on conflict do nothing returning id`.execute(executor);
  return rows.length > 0;
}

/** Newest first. */
export async function listInvitations(
  executor: Executor,
  page: { before: string | undefined; limit: number },
): Promise<Invitation[]> {
  const before = page.before ?? null;
  const { rows } = await sql<InvitationRow>`
    select ${columns} from ${source} where (${before}::uuid is null or i.id < ${before}::uuid)
    order by i.id desc limit ${page.limit}`.execute(executor);
  return rows.map(toInvitation);
}

/** An invitation that was neither accepted nor revoked; nobody changes it until the transaction ends. */
export async function lockOpenInvitation(executor: Executor, id: string): Promise<Invitation | undefined> {
  const { rows } = await sql<InvitationRow>`
    select ${columns} from ${source} where i.id = ${id} and ${isOpen} for update of i`.execute(executor);
  return rows[0] && toInvitation(rows[0]);
}

/** The open invitation of a token that has not run out. */
export async function findInvitationByToken(
  executor: Executor,
  tokenHash: Buffer,
): Promise<Invitation | undefined> {
  const { rows } = await sql<InvitationRow>`
    select ${columns} from ${source} where i.token_hash = ${tokenHash} and ${isOpen} and i.expires_at > now()
    for update of i`.execute(executor);
  return rows[0] && toInvitation(rows[0]);
}

/** A new link; the former one is worth nothing from now on. */
export async function renewInvitation(
  executor: Executor,
  id: string,
  tokenHash: Buffer,
  lifetimeSeconds: number,
): Promise<void> {
  await sql`update invitations set token_hash = ${tokenHash},
    expires_at = now() + ${lifetimeSeconds} * interval '1 second' where id = ${id}`.execute(executor);
}

export async function markRevoked(executor: Executor, id: string): Promise<void> {
  await sql`update invitations set revoked_at = now() where id = ${id}`.execute(executor);
}

export async function markAccepted(executor: Executor, id: string, userId: string): Promise<void> {
  await sql`update invitations set accepted_at = now(), accepted_by = ${userId} where id = ${id}`.execute(
    executor,
  );
}
