/** What API keys may be given, each with the sentence that a person decides by. A test compares it with the routes. */
export const apiKeyScopes = [
  { scope: 'approvals:read', sentence: 'See what your runs wait for. Deciding is for people only.' },
  { scope: 'chat-modes:read', sentence: 'See the chat modes, their experts and which tools they may use.' },
  { scope: 'chat-modes:write', sentence: 'Switch experts on and off and change their instructions.' },
  { scope: 'collections:read', sentence: 'See your collections of documents.' },
  { scope: 'collections:write', sentence: 'Create, rename and delete your collections.' },
  { scope: 'conversations:read', sentence: 'Read your conversations and their messages.' },
  {
    scope: 'conversations:write',
    sentence: 'Begin, continue, rename and delete conversations; ask models as you.',
  },
  { scope: 'documents:read', sentence: 'List, read and download your documents.' },
  { scope: 'documents:write', sentence: 'Upload, rename and delete your documents.' },
  { scope: 'events:read', sentence: 'Follow the feed of what changes in your account.' },
  { scope: 'generations:read', sentence: 'Follow answers while they are written.' },
  { scope: 'generations:write', sentence: 'Stop answers that are being written.' },
  { scope: 'memory:read', sentence: 'Read the facts that are remembered about you.' },
  { scope: 'memory:write', sentence: 'Add, change and delete facts that are remembered about you.' },
  { scope: 'models:read', sentence: 'See which models are connected and what they are used for.' },
  { scope: 'models:write', sentence: 'Choose which models do which job for you.' },
  { scope: 'notifications:read', sentence: 'Read your notifications.' },
  {
    scope: 'notifications:write',
    sentence: 'Mark and remove your notifications; choose what you are told of.',
  },
  {
    scope: 'profile:read',
    sentence: 'Read your profile: name, language, time zone, what you wrote about yourself.',
  },
  { scope: 'profile:write', sentence: 'Change your profile.' },
  {
    scope: 'runs:read',
    sentence: 'Read the runs of your workflows, with what each step was given and gave.',
  },
  { scope: 'runs:write', sentence: 'Pause, resume, cancel and repeat runs of your workflows.' },
  { scope: 'samples:write', sentence: 'Add the sample documents to your workspace.' },
  { scope: 'search:write', sentence: 'Search your documents and see the passages found.' },
  { scope: 'workflows:read', sentence: 'Read your workflows and their versions.' },
  { scope: 'workflows:write', sentence: 'Draw, change, delete and run workflows, which act as you.' },
] as const;

export type ApiKeyScope = (typeof apiKeyScopes)[number]['scope'];
