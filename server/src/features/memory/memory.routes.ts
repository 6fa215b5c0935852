import { defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import { OutdatedConsentText } from '../privacy/index.ts';
import {
  AlreadyRemembered,
  FactNotFound,
  InvalidMemoryCursor,
  MemoryFull,
  MemoryUndoExpired,
} from './memory.errors.ts';
import {
  Fact,
  FactBody,
  FactList,
  FactParams,
  FactQuery,
  MemorySettings,
  SettingsBody,
  Undo,
} from './memory.schemas.ts';
import type { MemoryService } from './memory.service.ts';

const base = '/api/v1/memory';
const shared = { tags: ['memory'], access: 'session' as const };

/** What is remembered about a person: theirs to see, change and delete, and to allow. */
export function memoryRoutes(memory: MemoryService): Route[] {
  return [...factRoutes(memory), ...deletionRoutes(memory), ...settingsRoutes(memory)];
}

function factRoutes(memory: MemoryService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url: base,
      summary: 'What is remembered about you, newest first',
      querystring: FactQuery,
      response: { 200: FactList },
      errors: [InvalidMemoryCursor],
      handler: ({ actor, query }) => memory.list(actor.userId, query),
    }),
    defineRoute({
      ...shared,
      method: 'POST',
      url: base,
      summary: 'Have a fact remembered',
      body: FactBody,
      response: { 201: Fact },
      errors: [AlreadyRemembered, MemoryFull],
      handler: ({ actor, body }) => memory.add(actor.userId, body.content),
    }),
    defineRoute({
      ...shared,
      method: 'PATCH',
      url: `${base}/:fact_id`,
      summary: 'Correct a fact',
      params: FactParams,
      body: FactBody,
      response: { 200: Fact },
      errors: [FactNotFound, AlreadyRemembered],
      handler: ({ actor, params, body }) => memory.change(actor.userId, params.fact_id, body.content),
    }),
  ];
}

function deletionRoutes(memory: MemoryService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'DELETE',
      url: `${base}/:fact_id`,
      summary: 'Have a fact forgotten; for ten seconds it can be brought back',
      params: FactParams,
      response: { 200: Undo },
      errors: [FactNotFound],
      handler: ({ actor, params }) => memory.remove(actor.userId, params.fact_id),
    }),
    defineRoute({
      ...shared,
      method: 'POST',
      url: `${base}/:fact_id/restore`,
      summary: 'Bring a deleted fact back',
      params: FactParams,
      response: { 200: Fact },
      errors: [FactNotFound, MemoryUndoExpired, AlreadyRemembered, MemoryFull],
      handler: ({ actor, params }) => memory.restore(actor.userId, params.fact_id),
    }),
  ];
}

function settingsRoutes(memory: MemoryService): Route[] {
  const url = `${base}/settings`;
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url,
      summary: 'Whether the assistant may remember, and what you agree to with that',
      response: { 200: MemorySettings },
      handler: ({ actor }) => memory.settings(actor),
    }),
    defineRoute({
      ...shared,
      method: 'PUT',
      url,
      summary: 'Allow the assistant and your workflows to remember, or take that back',
      // Consent is a person's, never a program's.
      scope: false,
      body: SettingsBody,
      response: { 200: MemorySettings },
      errors: [OutdatedConsentText],
      handler: ({ actor, body, request }) => memory.changeSettings(actor, body, clientFacts(request)),
    }),
  ];
}
