import { sql } from 'kysely';
import type { Database } from '../../../platform/database/database.ts';
import { defineRoute, type Route } from '../../../platform/http/route.ts';
import type { TemplateLanguage } from './template.ts';
import { TemplateList } from './templates.schemas.ts';
import { workflowTemplates } from './templates.ts';

/** Workflows to begin with. */
export function templateRoutes({ db }: { db: Database }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/workflow-templates',
      summary: 'Workflows to begin with',
      description:
        'In the language of the profile, or of Accept-Language while there is no profile. A definition can be sent to `POST /workflows` as it is.',
      tags: ['workflows'],
      access: 'session',
      scope: 'workflows:read',
      response: { 200: TemplateList },
      handler: async ({ actor, request, reply }) => {
        const language = await languageOf(db, actor.userId, request.headers['accept-language']);
        reply.header('content-language', language).header('vary', 'accept-language');
        const items = workflowTemplates.map((template) => {
          const { id, category, icon, needs } = template;
          return { id, category, icon, needs, ...template.in(language) };
        });
        return { items };
      },
    }),
  ];
}

async function languageOf(
  db: Database,
  userId: string,
  accepted: string | undefined,
): Promise<TemplateLanguage> {
  const { rows } = await sql<{ locale: string }>`
    select locale from profiles where user_id = ${userId}`.execute(db);
  const locale = rows[0]?.locale ?? accepted ?? 'en';
  return /^\s*de\b/i.test(locale) ? 'de' : 'en';
}
