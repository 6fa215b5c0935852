import { builtinProviderId, type ModelGateway, NoEmbeddingModel } from '../../../platform/models/index.ts';
import type { Embedder } from './embedder.ts';

/** The assigned embedding model of the gateway. A model's name is only unique within its provider. */
export function createGatewayEmbedder(gateway: Pick<ModelGateway, 'resolve' | 'embed'>): Embedder {
  const embedder: Embedder = {
    async currentModel() {
      const { providerId, model } = await gateway.resolve('embedding');
      return providerId === builtinProviderId ? undefined : `${providerId}/${model}`;
    },
    async embed({ model, texts, signal }) {
      const { vectors } = await gateway.embed({ texts, signal });
      if ((await embedder.currentModel()) !== model)
        throw NoEmbeddingModel.with({
          detail: 'The embedding model was changed in the meantime.',
          reason: 'changed',
        });
      return vectors;
    },
  };
  return embedder;
}
