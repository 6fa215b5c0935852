import type { RemoteProviderKind } from '../../platform/models/index.ts';
import { InvalidBaseUrl } from './models.errors.ts';

/**
 * The address in the form that requests are built on: no slash at the end, and what people copy along removed
 * (`/api/chat`, `/v1/chat/completions`); OpenAI-compatible servers without a path get `/v1`. Throws
 * `models.invalid_base_url`.
 */
export function normalizeBaseUrl(kind: RemoteProviderKind, text: string): string {
  const trimmed = text.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  if (!URL.canParse(withScheme)) throw invalid('This is not an address.', 'no_address');
  const url = new URL(withScheme);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw invalid('The address must begin with http:// or https://.', 'scheme');
  if (url.username !== '' || url.password !== '')
    throw invalid(
      'The address must hold no user name or password: use the field for the API key.',
      'user_info',
    );
  const path = url.pathname
    .replace(/\/(chat\/completions|completions|embeddings|models)\/?$/, '')
    .replace(/\/+$/, '');
  if (kind === 'ollama') return url.origin + path.replace(/\/(api(\/.*)?|v1)$/, '');
  return url.origin + (path === '' ? '/v1' : path);
}

function invalid(detail: string, reason: string): Error {
  return InvalidBaseUrl.with({ detail, reason, errors: [{ field: 'base_url', detail }] });
}
