import { defineError } from '../../platform/errors.ts';

export const ProviderNotFound = defineError('models.provider_not_found', 404, 'Provider not found');
export const ProviderNameTaken = defineError(
  'models.provider_name_taken',
  409,
  'Name in use',
  'Another provider has this name already.',
);
export const InvalidBaseUrl = defineError(
  'models.invalid_base_url',
  422,
  'Not a usable address',
  'Give the address of the server, such as http://127.0.0.1:11434.',
);
export const KeyForOtherServer = defineError(
  'models.key_for_other_server',
  422,
  'API key needed again',
  'The stored API key was given for another server. Enter the key for the new address, or remove it.',
);
export const PullNotFound = defineError('models.pull_not_found', 404, 'Download not found');
export const PullNotSupported = defineError(
  'models.pull_not_supported',
  422,
  'Downloads not supported',
  'Only Ollama servers download models on request.',
);
export const WrongCapability = defineError(
  'models.wrong_capability',
  422,
  'Model cannot do this job',
  'This model cannot do this job. Choose another one.',
);
export const ModelsForbidden = defineError(
  'models.forbidden',
  403,
  'Not allowed',
  'Only administrators can change the models.',
);
