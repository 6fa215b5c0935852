import type { EventBus } from '../../platform/events/event-bus.ts';

/** Told in every process after a provider or an assignment has changed. */
export const modelsChangedTopic = 'models.changed';

/** Call after the commit: what other processes remember of providers and assignments is out of date. */
export function announceModelChange(bus: EventBus): void {
  bus.publish(modelsChangedTopic, {});
}
