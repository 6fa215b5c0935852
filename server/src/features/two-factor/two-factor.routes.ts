import { type TSchema, Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { AccountNotFound, PasswordWorkOverloaded } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import { demandsSecondFactor, type PoliciesService } from '../policies/index.ts';
import type { BackupCodes } from './backup-codes.service.ts';
import type { TotpService } from './totp.service.ts';
import { NoSecondFactor, NoTotpSetup, SecondFactorDemanded, WrongSetupCode } from './two-factor.errors.ts';
import type { FactorSummary } from './two-factor.queries.ts';

const Timestamp = Type.String({ format: 'date-time' });
const OrNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
/** Shown once; afterwards only their hashes are known. */
export const ShownBackupCodes = Type.Array(Type.String({ description: 'Such as 3-KX7Q-M2PD.' }));
const Summary = Type.Object({
  totp: Type.Object({ enabled: Type.Boolean(), confirmed_at: OrNull(Timestamp) }),
  backup_codes: Type.Object({ remaining: Type.Integer(), generated_at: OrNull(Timestamp) }),
  passkeys: Type.Object({ count: Type.Integer() }),
  policy: Type.Object({ required: Type.Boolean(), due_at: OrNull(Timestamp) }),
});
const url = '/api/v1/auth/2fa';
const tags = ['second factors'];

export interface TwoFactorRoutesOptions {
  totp: TotpService;
  backupCodes: BackupCodes;
  policies: PoliciesService;
  /** Factors of a person, counted now. */
  summarise(userId: string): Promise<FactorSummary | undefined>;
}

/** Routes around authenticator app and backup codes of the person who is signed in. */
export function twoFactorRoutes(options: TwoFactorRoutesOptions): Route[] {
  return [summaryRoute(options), ...totpRoutes(options), backupCodesRoute(options)];
}

function summaryRoute({ policies, summarise }: TwoFactorRoutesOptions): Route {
  return defineRoute({
    method: 'GET',
    url,
    summary: 'Your second factors',
    tags,
    access: 'session',
    whileRestricted: true,
    response: { 200: Summary },
    handler: async ({ actor }) => {
      const [found, policy] = await Promise.all([summarise(actor.userId), policies.current()]);
      if (!found) throw AccountNotFound.with();
      return {
        totp: {
          enabled: found.totpConfirmedAt !== null,
          confirmed_at: found.totpConfirmedAt?.toISOString() ?? null,
        },
        backup_codes: {
          remaining: found.backupCodesRemaining,
          generated_at: found.backupCodesGeneratedAt?.toISOString() ?? null,
        },
        passkeys: { count: found.passkeys },
        policy: {
          required: demandsSecondFactor(policy, actor.role),
          due_at: found.dueAt?.toISOString() ?? null,
        },
      };
    },
  });
}

function totpRoutes({ totp }: TwoFactorRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: `${url}/totp/setup`,
      summary: 'Begin to set up an authenticator app',
      description:
        'Answers a new secret as text, link and QR code. An app that is in use goes on working until a code of the new one was confirmed.',
      tags,
      access: 'session',
      whileRestricted: 'enrol_second_factor',
      stepUp: true,
      response: {
        200: Type.Object({
          secret: Type.String({ description: 'Base32, to be typed where no camera is at hand.' }),
          otpauth_url: Type.String(),
          qr_svg: Type.String(),
          expires_at: Timestamp,
        }),
      },
      handler: async ({ actor }) => {
        const setup = await totp.beginSetup(actor);
        return {
          secret: setup.secret.reveal(),
          otpauth_url: setup.otpauthUrl,
          qr_svg: setup.qrSvg,
          expires_at: setup.expiresAt.toISOString(),
        };
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${url}/totp/confirm`,
      summary: 'Confirm the authenticator app by one of its codes',
      description: 'With the first second factor come ten backup codes, shown this once.',
      tags,
      access: 'session',
      whileRestricted: 'enrol_second_factor',
      body: Type.Object(
        { code: Type.String({ minLength: 1, maxLength: 20 }) },
        { additionalProperties: false },
      ),
      response: {
        200: Type.Object({ enabled: Type.Literal(true), backup_codes: OrNull(ShownBackupCodes) }),
      },
      errors: [NoTotpSetup, WrongSetupCode, PasswordWorkOverloaded],
      handler: async ({ actor, body, request }) => ({
        enabled: true,
        backup_codes: (await totp.confirmSetup(actor, body.code, clientFacts(request))) ?? null,
      }),
    }),
    defineRoute({
      method: 'POST',
      url: `${url}/totp/disable`,
      summary: 'Remove the authenticator app',
      tags,
      access: 'session',
      stepUp: true,
      response: { 200: Type.Object({ enabled: Type.Literal(false) }) },
      errors: [SecondFactorDemanded],
      handler: async ({ actor, request }) => {
        await totp.disable(actor, clientFacts(request));
        return { enabled: false };
      },
    }),
  ];
}

function backupCodesRoute({ backupCodes }: TwoFactorRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: `${url}/backup-codes`,
    summary: 'Make ten new backup codes',
    description: 'All older ones stop working. The answer is the only time they can be read.',
    tags,
    access: 'session',
    whileRestricted: 'enrol_second_factor',
    stepUp: true,
    response: { 200: Type.Object({ codes: ShownBackupCodes }) },
    errors: [NoSecondFactor, PasswordWorkOverloaded],
    handler: async ({ actor, request }) => ({
      codes: await backupCodes.regenerate(actor, clientFacts(request)),
    }),
  });
}
