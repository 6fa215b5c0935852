import { loadConfig } from '../config.ts';
import { type AuditChainReport, verifyAuditChain } from '../features/audit/index.ts';
import { createKeyRing } from '../platform/crypto/key-ring.ts';
import { openDatabase } from '../platform/database/database.ts';
import { CommandFailure } from './failure.ts';
import { openCommandLog, openRuntime, say } from './runtime.ts';

const usage = 'Usage: aiwfe audit verify';
/** A query of the verification reads a batch; the last one looks at all events once. */
const statementTimeoutMs = 600_000;

/** `aiwfe audit verify`: recomputes the evidence's hash chain; status 1 when something is not right. */
export async function audit(parameters: string[]): Promise<number> {
  if (parameters.length !== 1 || parameters[0] !== 'verify')
    throw new CommandFailure(usage, { exitStatus: 2 });
  const config = loadConfig();
  const log = openCommandLog();
  const runtime = await openRuntime(config, { role: 'command', log });
  const database = openDatabase({
    connectionString: runtime.connection.directUrl,
    maxConnections: 1,
    statementTimeoutMs,
    onPoolError: (error) => log.error({ err: error }, 'database connection failed'),
  });
  try {
    const report = await verifyAuditChain(database.db, createKeyRing(runtime.masterSecrets));
    for (const line of describeReport(report)) say(line);
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    await database.close();
    await runtime.close();
  }
}

/** The report as lines for a person. */
export function describeReport(report: AuditChainReport): string[] {
  const { problems, head } = report;
  const count = (value: number, text: string): string => `${String(value).padStart(10)}  ${text}`;
  return [
    problems.length === 0
      ? 'The evidence is complete and unchanged.'
      : 'The evidence is NOT as it was sealed.',
    '',
    count(report.sealed, 'events are sealed in the chain'),
    count(report.waiting, 'wait to be sealed'),
    count(report.erased, 'have lost the part that names people, as policy or law demands'),
    count(report.removed, 'were given up after their time, behind a sealed checkpoint'),
    '',
    ...problems.map(
      ({ position, eventId, problem }) =>
        `PROBLEM  position ${position ?? 'none'}${eventId === undefined ? '' : `, event ${eventId}`}: ${problem}`,
    ),
    ...(problems.length === 0
      ? []
      : [
          'Somebody changed the database beside the program, or SECRET_KEY is not the one that sealed it.',
          'Keep the database as it is, and compare it with a backup.',
        ]),
    ...(head
      ? [
          `Head: ${head.position} ${head.hash}`,
          'Note the head elsewhere: whoever cuts off the end of the chain cannot make a later one begin with it.',
        ]
      : ['Nothing is sealed yet.']),
  ];
}
