/**
 * Why an answer ended early and what to do, by the code of the error; after it what tells sentences of one code apart. Loaded
 * when the first such answer is shown.
 */
export const answerErrors = {
  'chat.error.conversations.empty_answer':
    'The model ended its answer without a single word. Ask again or choose another model.',
  'chat.error.conversations.empty_answer.workflow':
    'The workflow ended without an answer. Mark the step whose text is the answer, or give its end an output.',
  'chat.error.conversations.interrupted':
    'The program that wrote this answer stopped and nothing else is writing it. What was written is kept; ask again to get a new answer.',
  'chat.error.conversations.too_many_restarts':
    'The answer was begun again too often because the program that wrote it kept stopping. Ask again; if it repeats, whoever runs this server should look into the log.',
  'chat.error.database_full':
    'The disk of the database is full. Ask whoever runs this server to free some space, then ask again.',
  'chat.error.database_unavailable': 'The database did not answer. Nothing was lost; ask again in a moment.',
  'chat.error.documents.not_found':
    'A document that the workflow names is not there any more. Choose another one in the workflow and ask again.',
  'chat.error.internal':
    'The server met an error that it did not expect. It was logged. Ask again; if it repeats, tell whoever runs this server.',
  'chat.error.models.address_not_allowed':
    'The address of {provider} leads to where requests are not allowed to go. Check it in the model settings.',
  'chat.error.models.bad_response':
    '{provider} sent something that is not a valid answer. Is it a model server? Check its kind and address in the model settings.',
  'chat.error.models.bad_response.could_not':
    '{provider} could not answer. Ask again or choose another model.',
  'chat.error.models.bad_response.endless':
    '{model} answered without an end and was stopped. Ask again or choose another model.',
  'chat.error.models.bad_response.filtered':
    'The content filter of {provider} ended the answer. Put the question differently or choose another model.',
  'chat.error.models.bad_response.form':
    '{model} did not answer in the form that was asked for. Ask again or choose another model.',
  'chat.error.models.bad_response.no_server':
    'There is no model server at the address of {provider}. Check the address in the model settings.',
  'chat.error.models.bad_response.too_large':
    '{provider} sent more than an answer may hold. Ask for less at once or choose another model.',
  'chat.error.models.context_exceeded':
    'The conversation is longer than {provider} takes. Begin a new conversation or choose a model that reads more at once.',
  'chat.error.models.context_exceeded.answer':
    'The answer ran out of the room that {provider} has. Begin a new conversation or choose a model that reads more at once.',
  'chat.error.models.context_exceeded.tokens':
    'This is about {needed} tokens; {model} reads at most {limit} at once. Ask for less or choose a model that reads more at once.',
  'chat.error.models.interrupted':
    'The connection to {provider} broke off before the answer was complete. What was written is kept; ask again.',
  'chat.error.models.model_not_found':
    '{provider} does not have the model {model}. Download it or choose another one.',
  'chat.error.models.model_not_found.off': 'The provider {provider} is switched off. Choose another model.',
  'chat.error.models.model_not_found.removed':
    'The provider of the model {model} was removed. Choose another model.',
  'chat.error.models.no_chat_model':
    'No chat model is assigned. An administrator can choose one in the model settings.',
  'chat.error.models.no_embedding_model':
    'No embedding model is assigned. An administrator can choose one in the model settings.',
  'chat.error.models.no_vision': 'The model {model} cannot look at pictures. Choose one that can.',
  'chat.error.models.provider_resting':
    '{provider} failed several times in a row and was left alone for {seconds} s. Ask again after that or choose another model.',
  'chat.error.models.quota_exceeded.day':
    'The request did not fit into your {limit} tokens per day any more. The count starts again at {at}; ask again then.',
  'chat.error.models.quota_exceeded.month':
    'The request did not fit into your {limit} tokens per month any more. The count starts again at {at}; ask again then.',
  'chat.error.models.rate_limited':
    '{provider} took no more requests at that moment. Ask again a little later.',
  'chat.error.models.rate_limited.queue':
    'Too many requests were waiting for this model already. Ask again in a moment.',
  'chat.error.models.refused':
    '{provider} refused the connection. Is the server running at its address? Ask again when it is.',
  'chat.error.models.timeout': '{provider} did not answer in time. Ask again or choose another model.',
  'chat.error.models.timeout.not_begun':
    '{provider} had not begun to answer after {seconds} s. Ask again or choose a faster model.',
  'chat.error.models.timeout.silent':
    '{provider} fell silent in the middle of the answer for {seconds} s. What was written is kept; ask again.',
  'chat.error.models.truncated':
    '{provider} ended the answer in the middle, without saying why. What was written is kept; ask again.',
  'chat.error.models.unauthorized': '{provider} did not accept the API key. Check it in the model settings.',
  'chat.error.models.unreachable':
    '{provider} could not be reached. Check whether it is running and its address is right, then ask again.',
  'chat.error.models.unreachable.not_ready':
    '{provider} was not ready (status {status}). Ask again in a moment.',
  'chat.error.outbound.address_not_allowed':
    'An address that the workflow names leads into a private network, where requests are not allowed to go. Choose another address.',
  'chat.error.outbound.bad_response':
    'The other server sent something that is not a valid answer. Check the address in the workflow.',
  'chat.error.outbound.interrupted':
    'The connection to the other server broke before its answer was complete. Ask again.',
  'chat.error.outbound.invalid_url':
    'The workflow names an address that cannot be used. It has to begin with http:// or https:// and hold no password.',
  'chat.error.outbound.name_not_found':
    'No server is known under the name that the workflow asks. Check the address in the workflow.',
  'chat.error.outbound.refused':
    'Nothing takes connections at the address that the workflow asks. Is the server running there? Ask again when it is.',
  'chat.error.outbound.timeout': 'The other server did not answer in time. Ask again in a moment.',
  'chat.error.outbound.tls_failed':
    'The certificate of the other server was not accepted, so nothing was sent. Whoever runs it has to mend it.',
  'chat.error.outbound.too_large': 'The answer of the other server is larger than allowed. Ask it for less.',
  'chat.error.outbound.too_many_redirects':
    'The other server sends the request on too often. Name its final address in the workflow.',
  'chat.error.outbound.unreachable':
    'The other server could not be reached. Check the address in the workflow and ask again.',
  'chat.error.retrieval.scope_not_found':
    'Documents or a collection that you chose for this conversation are not there any more. Choose others and ask again.',
  'chat.error.said': 'The message was: {said}',
  'chat.error.web_search.bad_answer':
    'The search provider answered something that is not a list of results. Ask again or switch the web search off for this question.',
  'chat.error.web_search.bad_key':
    'The search provider did not accept the API key. An administrator has to enter a valid one.',
  'chat.error.web_search.disabled': 'Web search is turned off here. An administrator can turn it on.',
  'chat.error.web_search.no_provider':
    'Web search is turned on, but no search provider is ready. An administrator has to set one up.',
  'chat.error.web_search.provider_busy':
    'The search provider took no more searches at that moment. Ask again in a minute.',
  'chat.error.web_search.quota_used_up':
    'The searches that were paid for at the search provider are used up. Ask without the web or tell an administrator.',
  'chat.error.web_search.refused':
    'The search provider refused this search. Put the question differently or ask without the web.',
  'chat.error.web_search.too_many': 'You have searched the web very often. Wait a little and ask again.',
  'chat.error.web_search.unreachable':
    'The search provider could not be reached. Ask again in a moment or without the web.',
  'chat.error.workflows.budget_exceeded':
    'The workflow used up what a run may take. Make it do less, or raise its limits.',
  'chat.error.workflows.chat_input_unfit':
    'The input of this workflow does not fit a chat. Change its input schema so that question and history are enough.',
  'chat.error.workflows.chat_trigger_off':
    'This workflow no longer answers in chats. Switch its trigger “In a chat” on, or choose another mode and ask again.',
  'chat.error.workflows.config_invalid':
    'A step of the workflow is not set up as it has to be. Open the workflow and correct the step.',
  'chat.error.workflows.expression_failed':
    'An expression of the workflow failed. Open the workflow and correct it.',
  'chat.error.workflows.expression_timeout':
    'An expression of the workflow took more time or memory than allowed and was ended. Open the workflow and make it simpler.',
  'chat.error.workflows.http_status':
    'The other server that the workflow asked answered with status {status}. Check the address and what is sent there.',
  'chat.error.workflows.invalid':
    'The workflow cannot run as it is drawn. Open it and correct what is marked there.',
  'chat.error.workflows.missing_value':
    'The workflow names a value that was not there. Open its run to see which step lacked it.',
  'chat.error.workflows.output_not_matching':
    '{model} did not answer in the form that was asked for, also after it was asked to correct it. Ask again or choose another model.',
  'chat.error.workflows.output_unbounded':
    'The model wrote more than the step allows and was stopped. Ask again or choose another model.',
  'chat.error.workflows.rejected':
    'A step of the workflow was not approved, so it did not go on. Ask again and approve it if it is to be done.',
  'chat.error.workflows.run_stuck':
    'The program stopped again and again in this run without getting any further, so it was ended. Ask again; if it repeats, tell whoever runs this server.',
  'chat.error.workflows.step_failed':
    'A step met an error that nobody expected. It was logged. Ask again; if it repeats, tell whoever runs this server.',
  'chat.error.workflows.step_timeout':
    'A step did not end within {seconds} s. Ask again or choose a faster model.',
  'chat.error.workflows.sub_workflow_failed':
    'A workflow that this one starts did not succeed. Open its run to see why.',
  'chat.error.workflows.too_deep':
    'Workflows started one another deeper than is allowed. Take out one that starts itself.',
  'chat.error.workflows.value_too_large':
    'A step of the workflow had more to carry than it may. Make it handle less at once.',
} as const;
