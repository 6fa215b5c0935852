import { versionOfIfMatch } from '../../platform/http/if-match.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import type { SearchService } from './search.service.ts';
import type { SettingsService } from './settings.service.ts';
import * as errors from './web-search.errors.ts';
import * as schemas from './web-search.schemas.ts';

const adminUrl = '/api/v1/admin/web-search';
const administrator = { role: 'admin' } as const;

/** Routes of this feature. */
export function webSearchRoutes(services: { search: SearchService; settings: SettingsService }): Route[] {
  return [...searchRoutes(services.search), ...settingsRoutes(services.settings)];
}

function searchRoutes(search: SearchService): Route[] {
  const shared = { url: '/api/v1/web-search', tags: ['web search'] as string[], access: 'session' as const };
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      summary: 'Whether web search is turned on',
      scope: false,
      response: { 200: schemas.Availability },
      handler: async () => ({ enabled: await search.isEnabled() }),
    }),
    defineRoute({
      ...shared,
      method: 'POST',
      summary: 'Search the web',
      description:
        'The query goes to the search providers that an administrator chose. All texts are plain text.',
      scope: false,
      body: schemas.SearchBody,
      response: { 200: schemas.SearchAnswer },
      errors: [
        errors.WebSearchDisabled,
        errors.NoProviderReady,
        errors.TooManySearches,
        errors.ProviderBusy,
        errors.BadKey,
        errors.QuotaUsedUp,
        errors.ProviderUnreachable,
        errors.ProviderRefused,
        errors.BadAnswer,
      ],
      handler: ({ actor, body, signal }) => search.search(actor, body, signal),
    }),
  ];
}

function settingsRoutes(settings: SettingsService): Route[] {
  const shared = { tags: ['administration'] as string[], access: administrator, scope: false as const };
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url: adminUrl,
      summary: 'How web search is configured',
      description: 'API keys are never returned.',
      response: { 200: schemas.SettingsView },
      handler: async ({ actor, reply }) => {
        const view = await settings.read(actor);
        reply.header('etag', `"${view.version}"`);
        return view;
      },
    }),
    defineRoute({
      ...shared,
      method: 'PUT',
      url: adminUrl,
      summary: 'Configure web search',
      description:
        'The providers are asked in the order given. A key that is not named stays; null removes it. A private or loopback address needs `allow_local`. With If-Match the change is refused when somebody else made one meanwhile.',
      stepUp: true,
      body: schemas.SettingsChange,
      response: { 200: schemas.SettingsView },
      errors: [
        errors.SettingsVersionConflict,
        errors.KeyNeeded,
        errors.KeyForOtherServer,
        errors.AddressUnusable,
        errors.ProviderTwice,
      ],
      handler: async ({ actor, body, request, reply }) => {
        const expectedVersion = versionOfIfMatch(request);
        const view = await settings.change({
          actor,
          change: body,
          expectedVersion,
          client: clientFacts(request),
        });
        reply.header('etag', `"${view.version}"`);
        return view;
      },
    }),
    defineRoute({
      ...shared,
      method: 'POST',
      url: `${adminUrl}/test`,
      summary: 'Try a search provider',
      body: schemas.TestBody,
      response: { 200: schemas.TestAnswer },
      errors: [errors.ProviderNotConfigured],
      handler: ({ actor, body, signal }) => settings.test(actor, body.kind, signal),
    }),
  ];
}
