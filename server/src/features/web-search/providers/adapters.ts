import type { ProviderKind } from '../web-search.schemas.ts';
import type { SearchAdapter } from './adapter.ts';
import { brave } from './brave.ts';
import { searxng } from './searxng.ts';
import { serpapi } from './serpapi.ts';
import { tavily } from './tavily.ts';

export const adapters: Record<ProviderKind, SearchAdapter> = { tavily, serpapi, brave, searxng };
