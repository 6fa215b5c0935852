import { Type } from 'typebox';
import { eventNamePattern, type WorkflowEvent } from '../triggers/workflow-events.ts';
import { ConfigInvalid } from '../workflows.errors.ts';
import { defineStep } from './step-type.ts';

interface WaitConfig {
  seconds?: number;
  until?: unknown;
  event?: string;
}

const longestSeconds = 400 * 86_400;

/** Rests until a time, for a while, or until something happens. */
export const waitStep = (clock: () => Date, events: readonly WorkflowEvent[]) =>
  defineStep<WaitConfig>({
    type: 'wait',
    title: 'Wait',
    description: `Waits some seconds, until a time, or for an event (${events.map(({ name }) => name).join(', ')}). With an event and a time, "timed_out" in the output says which came first.`,
    config: Type.Object(
      {
        seconds: Type.Optional(Type.Number({ minimum: 0, maximum: longestSeconds })),
        until: Type.Optional(Type.String({ maxLength: 300 })),
        event: Type.Optional(Type.String({ maxLength: 100, pattern: eventNamePattern })),
      },
      { additionalProperties: false, minProperties: 1 },
    ),
    check: ({ event }) =>
      event === undefined || events.some(({ name }) => name === event)
        ? []
        : [
            {
              field: 'event',
              detail: `There is no event "${event}".`,
              reason: 'no_event',
              params: { event },
            },
          ],
    async run(_context, config) {
      const until = deadline(config, clock());
      if (config.event !== undefined) return { waits: { kind: 'event', event: config.event, until } };
      if (until === null)
        throw ConfigInvalid.with({
          detail: 'Say how long to wait, until when, or for what.',
          reason: 'wait_for_what',
        });
      return { waits: { kind: 'time', until } };
    },
    async resume(_context, _config, resolution) {
      if (resolution.kind === 'event') return { output: { timed_out: false, event: resolution.data } };
      return { output: { timed_out: true, event: null } };
    },
  });

function deadline({ seconds, until }: WaitConfig, now: Date): Date | null {
  if (seconds !== undefined) return new Date(now.getTime() + seconds * 1_000);
  if (until === undefined) return null;
  const at = new Date(String(until));
  const bad = Number.isNaN(at.getTime()) || at.getTime() - now.getTime() > longestSeconds * 1_000;
  if (bad)
    throw ConfigInvalid.with({
      detail: `"${String(until).slice(0, 60)}" is no time to wait for; write it as 2026-12-01T09:00:00Z.`,
    });
  return at;
}
