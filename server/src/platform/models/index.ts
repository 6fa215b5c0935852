export { fromOutboundProblem, isRetryable, modelErrors, NoEmbeddingModel } from './model-errors.ts';
export { createModelGateway, type ModelGateway, type ModelGatewayOptions } from './model-gateway.ts';
export * from './model-types.ts';
