import { defineError } from '../../platform/errors.ts';

export const ChatModeNotFound = defineError(
  'chat_modes.not_found',
  404,
  'Chat mode not found',
  'There is no such chat mode, or it has no workflow: the simple mode asks one model and nothing else.',
);
export const ExpertNotFound = defineError(
  'chat_modes.expert_not_found',
  404,
  'Expert not found',
  'There is no such expert in the expert group.',
);
export const ExpertPromptEmpty = defineError(
  'chat_modes.expert_prompt_empty',
  422,
  'Empty instructions',
  'Write what the expert is to do, or send null to go back to the instructions that it comes with.',
);
export const ToolNotFound = defineError(
  'chat_modes.tool_not_found',
  404,
  'Tool not found',
  'There is no such tool that chat modes could use.',
);
