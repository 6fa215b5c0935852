import { Type } from 'typebox';
import type { Database } from '../../platform/database/database.ts';
import { defineTool } from '../../platform/tools/tool.ts';
import { TooManyNotifications } from './notifications.errors.ts';
import { countSentByWorkflows } from './notifications.queries.ts';
import type { Notify } from './notify.ts';

/** A workflow that runs away buries nobody. */
const maxPerHour = 200;
const waitSeconds = 600;

/** Tells the owner something. It reaches nobody else, so it needs no approval. */
export const sendNotificationTool = ({ db, notify }: { db: Database; notify: Notify }) =>
  defineTool<{ title: string; body?: string; href?: string }>({
    name: 'notifications.send',
    title: 'Notify me',
    description: 'Sends you a notification. It reaches nobody but you.',
    purpose:
      'Tells the person something through their notifications, and by e-mail where they chose that. It reaches nobody else. Use it at the end of work that nobody watches, or when something needs attention: a short title that says what happened, details in the body, and the page to look at as href (a path such as /documents).',
    input: Type.Object(
      {
        title: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }),
        body: Type.Optional(Type.String({ maxLength: 2_000 })),
        href: Type.Optional(Type.String({ maxLength: 500, description: 'A path of this program.' })),
      },
      { additionalProperties: false },
    ),
    scope: 'notifications:write',
    writes: true,
    needsApproval: false,
    async run({ ownerId, origin, idempotencyKey }, { title, body = '', href }) {
      const source = origin.kind === 'workflow' ? `/runs/${origin.runId}` : `/chat/${origin.conversationId}`;
      const announce = await db.transaction().execute(async (trx) => {
        if ((await countSentByWorkflows(trx, ownerId)) >= maxPerHour)
          throw TooManyNotifications.with({ retryAfterSeconds: waitSeconds });
        return notify(trx, {
          userId: ownerId,
          kind: 'workflow',
          href: href ?? source,
          key: `tool:${idempotencyKey}`,
          ...{ title, body },
        });
      });
      announce();
      return { sent: true };
    },
  });
