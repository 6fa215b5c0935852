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
export const InvalidPullPosition = defineError(
  'models.invalid_position',
  422,
  'Invalid position',
  'Last-Event-ID must be the number of an event of this download.',
);
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
export const SlotLocked = defineError(
  'models.slot_locked',
  403,
  'Chosen for everybody',
  'An administrator has fixed the model of this job.',
);
export const SlotForAllOnly = defineError(
  'models.slot_for_all_only',
  422,
  'One model for everybody',
  'All documents are searched with one model, so this job has one model for everybody.',
);
export const SlotConversationNotFound = defineError(
  'models.conversation_not_found',
  404,
  'Conversation not found',
);
export const QuotaPersonNotFound = defineError('models.person_not_found', 404, 'Person not found');
export const CareNotSupported = defineError(
  'models.care_not_supported',
  422,
  'Only for Ollama',
  'Only Ollama servers let their models be looked after from here.',
);
export const SlotNotFound = defineError('models.slot_not_found', 404, 'There is no such job');
