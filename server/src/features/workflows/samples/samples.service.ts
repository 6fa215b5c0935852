import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../../platform/database/database.ts';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import { insertVersion, insertWorkflow } from '../definitions/workflows.queries.ts';
import type { WorkflowService } from '../definitions/workflows.service.ts';
import type { TemplateLanguage } from '../templates/template.ts';
import { withWorkflowTables } from '../workflows.tables.ts';
import { sampleWorkflow } from './sample-workflow.ts';

export type SampleWorkflows = ReturnType<typeof createSampleWorkflows>;

/** The workflow that a new account finds, to run at a click. */
export function createSampleWorkflows({
  db,
  userFeed,
  log,
  workflows,
}: {
  db: Database;
  log: Logger;
  userFeed: UserFeed;
  workflows: Pick<WorkflowService, 'remove'>;
}) {
  const translate = async (ownerId: string, language: TemplateLanguage): Promise<string[]> => {
    const { title, about, definition } = sampleWorkflow.in(language);
    const { rows } = await sql<{ id: string }>`
      with untouched as (
        update workflows w set name = ${title}, description = ${about}
        where w.owner_id = ${ownerId} and w.sample and w.revision = 1
          and not exists (select from workflow_runs r where r.workflow_id = w.id)
        returning w.id)
      update workflow_versions v set definition = ${JSON.stringify(definition)}::jsonb
      from untouched u where v.workflow_id = u.id and v.number = 1
      returning u.id`.execute(db);
    return rows.map(({ id }) => id);
  };

  return {
    /** Once: who has removed it gets none again. */
    async add(ownerId: string): Promise<void> {
      const { title, about, definition } = sampleWorkflow.in('en');
      const id = uuidv7();
      const added = await db.transaction().execute(async (trx) => {
        const row = { id, owner_id: ownerId, name: title, description: about, sample: true };
        const isNew = await insertWorkflow(trx, row);
        if (isNew) await insertVersion(trx, id, 1, definition);
        return isNew;
      });
      if (added) userFeed.changed(ownerId, 'workflow', id);
    },

    /** Speaks the language that a person has chosen, until it was run or changed. Never throws: a failure is logged. */
    async followLanguage(ownerId: string, locale: string): Promise<void> {
      try {
        for (const id of await translate(ownerId, /^de\b/i.test(locale) ? 'de' : 'en'))
          userFeed.changed(ownerId, 'workflow', id);
      } catch (error) {
        log.error({ err: error, user_id: ownerId }, 'the sample workflow could not be translated');
      }
    },

    /** Returns how many there were. */
    async remove(ownerId: string): Promise<number> {
      const rows = await withWorkflowTables(db)
        .selectFrom('workflows')
        .select('id')
        .where('owner_id', '=', ownerId)
        .where('sample', '=', true)
        .execute();
      for (const { id } of rows) await workflows.remove(ownerId, id);
      return rows.length;
    },
  };
}
