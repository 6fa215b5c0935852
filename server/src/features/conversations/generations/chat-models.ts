import { isRetryable, type ModelGateway } from '../../../platform/models/index.ts';
import type { ChatModels } from './generation-ports.ts';

/** The model gateway as answering needs it. */
export function createChatModels(gateway: Pick<ModelGateway, 'resolve' | 'streamChat'>): ChatModels {
  return {
    resolve: (slot, choice, { ownerId, conversationId }) =>
      gateway.resolve(slot, choice && { providerId: choice.provider_id, model: choice.model }, {
        userId: ownerId,
        conversationId,
      }),
    async *streamChat({ ownerId, ...request }) {
      for await (const event of gateway.streamChat({ ...request, userId: ownerId })) {
        // Nothing is offered as a tool here, so nothing can be asked for.
        if (event.type === 'tool_calls') continue;
        if (event.type !== 'finish') yield event;
        else {
          const usage = event.usage && {
            input_tokens: event.usage.inputTokens,
            output_tokens: event.usage.outputTokens,
          };
          yield { ...event, usage };
        }
      }
    },
    isRetryable,
  };
}
