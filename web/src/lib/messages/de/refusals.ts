import type { ProblemCode } from '@aiwfe/api-client';
import { accountRefusals } from './refusals-account.ts';
import { chatRefusals } from './refusals-chat.ts';
import { documentRefusals } from './refusals-documents.ts';
import { fieldRefusals } from './refusals-fields.ts';
import { modelRefusals } from './refusals-models.ts';
import { serverRefusals } from './refusals-server.ts';
import { signInRefusals } from './refusals-sign-in.ts';
import { workflowRefusals } from './refusals-workflows.ts';

/**
 * Every code of the API, by area, and below a code its reasons. English has no such catalogue: there the server's own
 * sentences are shown. Where a reason has none here, the sentence of its code goes before the server's.
 */
export const refusals = {
  ...accountRefusals,
  ...chatRefusals,
  ...documentRefusals,
  ...fieldRefusals,
  ...modelRefusals,
  ...serverRefusals,
  ...signInRefusals,
  ...workflowRefusals,
} satisfies Record<`refusal.${ProblemCode}`, string>;
