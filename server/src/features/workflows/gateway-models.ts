import type { ModelGateway } from '../../platform/models/index.ts';
import { estimateTokens } from '../../platform/models/token-estimate.ts';
import type { ChosenModel, ModelJob, StepModel, StepModels } from './workflow-ports.ts';

type Gateway = Pick<ModelGateway, 'resolve' | 'streamChat'>;

/** The model gateway as steps need it. */
export function createStepModels(gateway: Gateway): StepModels {
  return {
    resolve: (job, choice) => resolve(gateway, job, choice),
    async *stream({ ownerId, maxOutputTokens, temperature, schema, ...request }) {
      const options = { maxOutputTokens, ...(temperature === undefined ? {} : { temperature }) };
      const format = schema && { name: 'answer', schema };
      const asked = { ...request, userId: ownerId, options, ...(format ? { format } : {}) };
      for await (const event of gateway.streamChat(asked)) {
        // What the gateway tells of its queue is nothing a step could use.
        if (event.type !== 'waiting' && event.type !== 'tool_calls') yield event;
      }
    },
    estimateTokens,
  };
}

/** A job that has a model of its own keeps it; whatever comes down to the ordinary chat model follows the person's choice. */
async function resolve(
  gateway: Gateway,
  { ownerId, conversationId, slot, preferred }: ModelJob,
  choice: ChosenModel | null,
): Promise<StepModel> {
  const user = { userId: ownerId, conversationId };
  const named = (chosen: ChosenModel) => ({ providerId: chosen.provider_id, model: chosen.model });
  if (choice) return gateway.resolve(slot, named(choice), user);
  const model = await gateway.resolve(slot, null, user);
  const isOrdinary = model.source === undefined || model.source.slot === 'chat';
  return preferred && isOrdinary ? gateway.resolve(slot, named(preferred), user) : model;
}
