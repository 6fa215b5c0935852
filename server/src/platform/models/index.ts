export {
  fromOutboundProblem,
  isRetryable,
  ModelAddressNotAllowed,
  ModelBadResponse,
  ModelNotFound,
  modelErrors,
  NoChatModel,
  NoEmbeddingModel,
} from './model-errors.ts';
export { createModelGateway, type ModelGateway, type ModelGatewayOptions } from './model-gateway.ts';
export * from './model-types.ts';
export { estimateTokens } from './token-estimate.ts';
