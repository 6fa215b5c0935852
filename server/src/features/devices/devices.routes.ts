import { type Static, Type } from 'typebox';
import { locationLabel } from '../../platform/geo/geo.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import { labelOfUserAgent, type SessionDelivery } from '../sessions/index.ts';
import { DeviceNotFound, DeviceNotHere, TrustNeedsSecondFactor, TrustNotAllowed } from './devices.errors.ts';
import type { DeviceRow } from './devices.queries.ts';
import { type DevicesService, maxDeviceNameLength } from './own-devices.service.ts';

const Timestamp = Type.String({ format: 'date-time' });
const NullableText = Type.Union([Type.String(), Type.Null()]);
const Device = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: NullableText,
  label: Type.String({ description: 'What to call it: its name, or browser and system.' }),
  current: Type.Boolean(),
  trust: Type.Union([Type.Literal('new'), Type.Literal('trusted'), Type.Literal('verified')]),
  trusted_until: Type.Union([Timestamp, Type.Null()]),
  first_seen_at: Timestamp,
  last_seen_at: Timestamp,
  address: NullableText,
  country: NullableText,
  location_label: NullableText,
  live_sessions: Type.Integer(),
});
const base = '/api/v1/auth/devices';
const tags = ['security'];
const params = Type.Object({ device_id: Type.String({ format: 'uuid' }) });

export interface DeviceRoutesOptions {
  devices: DevicesService;
  delivery: Pick<SessionDelivery, 'forget'>;
}

/** Routes of a person's own devices. */
export function deviceRoutes(options: DeviceRoutesOptions): Route[] {
  return [...listRoutes(options), ...trustRoutes(options), forgetRoute(options)];
}

function listRoutes({ devices }: DeviceRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: base,
      summary: 'Devices you signed in on',
      tags,
      access: 'session',
      response: { 200: Type.Object({ items: Type.Array(Device), next_cursor: Type.Null() }) },
      handler: async ({ actor }) => ({
        items: (await devices.list(actor)).map(toDevice),
        next_cursor: null,
      }),
    }),
    defineRoute({
      method: 'PATCH',
      url: `${base}/:device_id`,
      summary: 'Name one of your devices',
      tags,
      access: 'session',
      params,
      body: Type.Object(
        { name: Type.String({ maxLength: maxDeviceNameLength, description: 'Empty: no name of its own.' }) },
        { additionalProperties: false },
      ),
      response: { 200: Device },
      errors: [DeviceNotFound],
      handler: async ({ actor, params: { device_id: id }, body, request }) =>
        toDevice(await devices.rename(actor, id, body.name, clientFacts(request))),
    }),
  ];
}

function trustRoutes({ devices }: DeviceRoutesOptions): Route[] {
  const url = `${base}/:device_id/trust`;
  return [
    defineRoute({
      method: 'POST',
      url,
      summary: 'Trust the device you are using',
      description:
        'It spares the second factor at sign-in for as long as the policy says, and somebody who hammers the account from elsewhere does not lock it out.',
      tags,
      access: 'session',
      stepUp: true,
      params,
      response: { 200: Device },
      errors: [DeviceNotFound, DeviceNotHere, TrustNeedsSecondFactor, TrustNotAllowed],
      handler: async ({ actor, params: { device_id: id }, request }) =>
        toDevice(await devices.trust(actor, id, clientFacts(request))),
    }),
    defineRoute({
      method: 'DELETE',
      url,
      summary: 'Trust a device no longer',
      tags,
      access: 'session',
      params,
      response: { 200: Device },
      errors: [DeviceNotFound],
      handler: async ({ actor, params: { device_id: id }, request }) =>
        toDevice(await devices.distrust(actor, id, clientFacts(request))),
    }),
  ];
}

function forgetRoute({ devices, delivery }: DeviceRoutesOptions): Route {
  return defineRoute({
    method: 'DELETE',
    url: `${base}/:device_id`,
    summary: 'Forget a device',
    description: 'Ends its sign-ins at once. The next one there is a new device.',
    tags,
    access: 'session',
    params,
    response: { 200: Type.Object({ forgotten: Type.Literal(true), ended_sessions: Type.Integer() }) },
    errors: [DeviceNotFound],
    handler: async ({ actor, params: { device_id: id }, request, reply }) => {
      const { endedSessions } = await devices.forget(actor, id, clientFacts(request));
      if (endedSessions.includes(actor.sessionId)) delivery.forget(reply);
      return { forgotten: true, ended_sessions: endedSessions.length };
    },
  });
}

function toDevice(row: DeviceRow): Static<typeof Device> {
  return {
    id: row.id,
    name: row.name,
    label: row.name ?? labelOfUserAgent(row.user_agent),
    current: row.current,
    trust: row.trust,
    trusted_until: row.trusted_until?.toISOString() ?? null,
    first_seen_at: row.created_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    address: row.last_address,
    country: row.last_country,
    location_label: locationLabel(row.last_country, row.last_address),
    live_sessions: row.live_sessions,
  };
}
