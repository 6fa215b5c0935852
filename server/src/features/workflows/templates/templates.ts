import { answerFromDocuments } from './answer-from-documents.template.ts';
import { approveAndSend } from './approve-and-send.template.ts';
import { digestNewDocument } from './digest-new-document.template.ts';
import { enrichTable } from './enrich-table.template.ts';
import { extractTasks } from './extract-tasks.template.ts';
import { meetingPreparation } from './meeting-preparation.template.ts';
import type { WorkflowTemplate } from './template.ts';
import { webResearch } from './web-research.template.ts';
import { weeklyReview } from './weekly-review.template.ts';

/** Workflows to begin with, in the order they are shown. */
export const workflowTemplates: readonly WorkflowTemplate[] = [
  answerFromDocuments,
  digestNewDocument,
  extractTasks,
  meetingPreparation,
  weeklyReview,
  webResearch,
  approveAndSend,
  enrichTable,
];
