export { createKeyHolders } from './key-holders.ts';
export { createSecretsService, type SecretsService, type SecretsStatus } from './secrets.service.ts';
