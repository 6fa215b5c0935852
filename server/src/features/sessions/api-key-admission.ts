import type { FastifyReply, FastifyRequest } from 'fastify';
import { defineError } from '../../platform/errors.ts';
import type { Actor, Route } from '../../platform/http/route.ts';
import { scopeOfRoute } from './route-scope.ts';

/** What every API key begins with; nothing else that is sent as a bearer token does. */
export const apiKeyPrefix = 'aiwfe_';
/** An open stream is looked at this often beside the moments when keys change: its key may simply run out. */
const streamRecheckMs = 30_000;

/** A good API key as the guard needs it. */
export interface ApiKeyState {
  keyId: string;
  scopes: ReadonlySet<string>;
  actor: Actor;
}

/** Port to the feature of API keys. */
export interface ApiKeyStates {
  /**
   * The key of a secret, from memory where it is known. Throws `auth.api_key_malformed`, `auth.api_key_revoked`,
   * `auth.api_key_expired`.
   */
  admit(secret: string): ApiKeyState | Promise<ApiKeyState>;
  /** Notes that a key was used; stored later with many others. */
  noteUse(keyId: string, address: string): void;
  /** Calls back whenever a key may have died; returns the function that ends the watch. */
  onChange(listener: () => void): () => void;
}

export const ScopeMissing = defineError(
  'auth.scope_missing',
  403,
  'API key lacks a scope',
  'This API key was not given the scope that this needs.',
);
export const ApiKeyRefused = defineError(
  'auth.api_key_refused',
  403,
  'Not by API key',
  'This is for people who signed in; no API key may do it.',
);

/** The part of the guard chain for API keys: the key, then the scope of the route. No cookie, hence no CSRF token. */
export function admitApiKey(
  states: ApiKeyStates,
  secret: string,
  { request, route, reply }: { request: FastifyRequest; route: Route; reply: FastifyReply },
): Promise<Actor | undefined> | Actor | undefined {
  // What anybody may do is done as nobody: a key is not looked at where it decides nothing.
  if (route.access === 'public') return undefined;
  const admit = (state: ApiKeyState): Actor => {
    const scope = scopeOfRoute(route);
    if (scope === undefined) throw ApiKeyRefused.with();
    if (!state.scopes.has(scope))
      throw ScopeMissing.with({
        detail: `This API key was not given the scope ${scope}, which this needs.`,
        reason: 'named',
        params: { scope },
      });
    states.noteUse(state.keyId, request.ip);
    if (route.kind === 'stream') endWithKey(reply, states, secret);
    return state.actor;
  };
  const state = states.admit(secret);
  return state instanceof Promise ? state.then(admit) : admit(state);
}

/** Cuts an open stream when its key is revoked or runs out (S19). */
function endWithKey(reply: FastifyReply, states: ApiKeyStates, secret: string): void {
  const recheck = async (): Promise<void> => {
    try {
      await states.admit(secret);
    } catch (error) {
      reply.log.info({ err: error }, 'a stream ends with its API key');
      reply.raw.destroy();
    }
  };
  const endWatch = states.onChange(() => void recheck());
  const timer = setInterval(() => void recheck(), streamRecheckMs);
  timer.unref();
  reply.raw.once('close', () => {
    endWatch();
    clearInterval(timer);
  });
}
