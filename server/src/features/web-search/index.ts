import type { Feature } from '../../platform/feature.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import type { Platform } from '../../platform/platform.ts';
import type { WorkflowTool } from '../../platform/tools/tool.ts';
import type { AuditTrail } from '../audit/index.ts';
import { createPageReader } from './page-reader.ts';
import { createProviderOpener, searchKeyColumn } from './provider-keys.ts';
import { createSearchService, type SearchService } from './search.service.ts';
import { createSearchLimits } from './search-limits.ts';
import { searchWebTool } from './search-web.tool.ts';
import { createSettingsService } from './settings.service.ts';
import { webSearchRoutes } from './web-search.routes.ts';
import { createWebSources, type WebSources } from './web-sources.ts';

export interface WebSearchFeature extends Feature {
  search: SearchService;
  /** For answers: results as passages to quote. */
  sources: WebSources;
  /** What workflows and chats may do on the web. */
  tools: WorkflowTool[];
}

/** Search on the web through the providers that administrators choose; off by default. */
export function createWebSearchFeature(options: {
  platform: Pick<Platform, 'db' | 'log' | 'secretBox' | 'clock'>;
  door: OutboundDoor;
  audit: AuditTrail;
}): WebSearchFeature {
  const { platform, door, audit } = options;
  const openProvider = createProviderOpener(platform.secretBox);
  const limits = createSearchLimits(() => platform.clock().getTime());
  const search = createSearchService({ ...platform, door, limits, openProvider });
  const settings = createSettingsService({ ...platform, door, audit, openProvider });
  return {
    search,
    sources: createWebSources({ pages: createPageReader({ door }), log: platform.log }),
    tools: [searchWebTool(search)],
    routes: webSearchRoutes({ search, settings }),
    sealed: [searchKeyColumn],
  };
}
