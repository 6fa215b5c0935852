export {
  fromOutboundProblem,
  isRetryable,
  modelErrors,
  NoEmbeddingModel,
  QuotaExceeded,
} from './model-errors.ts';
export { createModelGateway, type ModelGateway, type ModelGatewayOptions } from './model-gateway.ts';
export * from './model-types.ts';
export { askForJson, type JsonRequest } from './structured-output.ts';
export { type PlannableCall, type ProviderMemory, planCalls } from './vram-planner.ts';
