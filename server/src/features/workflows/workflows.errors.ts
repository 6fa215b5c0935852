import { defineError } from '../../platform/errors.ts';

export const WorkflowNotFound = defineError('workflows.not_found', 404, 'Workflow not found');
export const VersionNotFound = defineError('workflows.version_not_found', 404, 'Version not found');
export const WorkflowInvalid = defineError(
  'workflows.invalid',
  422,
  'Workflow not valid',
  'This workflow cannot run as it is. See the problems of its steps.',
);
export const WorkflowChanged = defineError(
  'workflows.changed_meanwhile',
  412,
  'Changed meanwhile',
  'This workflow was changed meanwhile. Read it again and repeat your change.',
);
export const WorkflowBuiltin = defineError(
  'workflows.builtin',
  409,
  'Built-in workflow',
  'This workflow belongs to a chat mode and follows your settings of it. Duplicate it to change it.',
);
export const WorkflowDisabled = defineError(
  'workflows.disabled',
  409,
  'Workflow switched off',
  'This workflow is switched off. Switch it on to run it.',
);
export const InvalidWorkflowCursor = defineError(
  'workflows.invalid_cursor',
  422,
  'Invalid cursor',
  'Start the list again without a cursor.',
);
export const WorkflowKeyReused = defineError(
  'workflows.idempotency_key_reused',
  422,
  'Idempotency-Key used before',
  'This Idempotency-Key was sent with another request before. Use a new one.',
);

export const RunNotFound = defineError('workflows.run_not_found', 404, 'Run not found');
export const RunInputInvalid = defineError(
  'workflows.input_invalid',
  422,
  'Input not valid',
  'The input does not meet the schema of this workflow. See the fields.',
);
export const RunEnded = defineError('workflows.run_ended', 409, 'Run ended', 'This run has ended already.');
export const RunNotPaused = defineError(
  'workflows.run_not_paused',
  409,
  'Run not paused',
  'This run is not paused, so it cannot be resumed.',
);
export const RunNotRepeatable = defineError(
  'workflows.run_not_repeatable',
  409,
  'Cannot be tried again there',
  'Only a run that failed or was cancelled can be tried again, from a step that it has.',
);
export const InvalidRunPosition = defineError(
  'workflows.invalid_position',
  422,
  'Invalid position',
  'Last-Event-ID must be the number of an event of this run.',
);

export const StepNotFound = defineError('workflows.step_not_found', 404, 'Step not found');

// What a run or one of its steps fails with.
export const StepFailed = defineError(
  'workflows.step_failed',
  500,
  'Step failed',
  'The step met an error that nobody expected. It was logged.',
);
export const StepTimeout = defineError(
  'workflows.step_timeout',
  504,
  'Step took too long',
  'The step did not end within its time.',
);
export const MissingValue = defineError('workflows.missing_value', 422, 'Value missing');
export const ConfigInvalid = defineError('workflows.config_invalid', 422, 'Settings of the step not valid');
export const ValueTooLarge = defineError('workflows.value_too_large', 422, 'Value too large');
export const BudgetExceeded = defineError('workflows.budget_exceeded', 422, 'Budget used up');
export const OutputNotMatching = defineError(
  'workflows.output_not_matching',
  422,
  'Answer does not meet the schema',
);
export const OutputUnbounded = defineError(
  'workflows.output_unbounded',
  422,
  'Answer without an end',
  'The model wrote more than the step allows and was stopped.',
);
export const ExpressionFailed = defineError('workflows.expression_failed', 422, 'Expression failed');
export const ExpressionTimeout = defineError(
  'workflows.expression_timeout',
  422,
  'Expression took too long',
  'The expression took more time or memory than allowed and was ended.',
);
export const HttpStepFailed = defineError('workflows.http_status', 502, 'Other server refused');
export const ApprovalRejected = defineError('workflows.rejected', 422, 'Not approved');
export const ChildRunFailed = defineError('workflows.sub_workflow_failed', 422, 'Sub-workflow failed');
export const TooDeep = defineError('workflows.too_deep', 422, 'Nested too deeply');
export const RunStuck = defineError(
  'workflows.run_stuck',
  500,
  'Run ended',
  'The program stopped again and again in this run without getting any further, so it was ended.',
);

export const ApprovalNotFound = defineError('workflows.approval_not_found', 404, 'Approval not found');
export const ApprovalDecided = defineError(
  'workflows.approval_decided',
  409,
  'Decided already',
  'This was decided already, in the other way.',
);
export const RunStopping = defineError(
  'workflows.run_stopping',
  409,
  'Run is being stopped',
  'This run is being stopped, so nothing is decided for it any more.',
);

export const TriggerNotFound = defineError('workflows.trigger_not_found', 404, 'Trigger not found');
export const TriggerInvalid = defineError('workflows.trigger_invalid', 422, 'Trigger not valid');
export const SchedulesBusy = defineError(
  'workflows.schedules_busy',
  503,
  'Too many schedules',
  'Too many schedules are being looked at. Try again in a moment.',
);
export const ChatTriggerExists = defineError(
  'workflows.chat_trigger_exists',
  409,
  'Answers in chats already',
  'This workflow answers in chats already. Switch the other trigger off or remove it first.',
);
export const ChatInputUnfit = defineError(
  'workflows.chat_input_unfit',
  422,
  'Input does not fit a chat',
  'A chat gives a workflow `question`, a text, and `history`, a list of messages, and nothing else. Change the input schema of the workflow so that these are enough; see the fields.',
);
export const ChatTriggerOff = defineError(
  'workflows.chat_trigger_off',
  409,
  'Does not answer in chats',
  'This workflow no longer answers in chats. Switch its trigger "In a chat" on, or choose another mode and ask again.',
);
export const WebhookRefused = defineError(
  'workflows.webhook_refused',
  401,
  'Webhook refused',
  'The signature does not fit. Sign id, timestamp and body with the secret of the trigger.',
);
export const WebhookStale = defineError(
  'workflows.webhook_stale',
  401,
  'Webhook too old',
  'The timestamp is more than five minutes from now.',
);
export const WebhookReplayed = defineError(
  'workflows.webhook_replayed',
  409,
  'Webhook received before',
  'A webhook with this id was received already; it is not run again.',
);
