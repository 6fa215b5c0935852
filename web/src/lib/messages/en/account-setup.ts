export const accountSetup = {
  'account.setup.code': 'Set-up code',
  'account.setup.code_hint':
    'The server printed it when it first started, together with a link to this page.',
  'account.setup.code_wrong': 'This is not the code that the server printed. Look at its latest output.',
  'account.setup.continue': 'Continue',
  'account.setup.data_text':
    'Accounts, documents and conversations stay in this folder on the server. Nothing leaves it unless you connect a model elsewhere.',
  'account.setup.data_title': 'Where your data lives',
  'account.setup.finish': 'Finish and open',
  'account.setup.progress': 'Step {step} of {total}',
  'account.setup.step_account': 'Your account',
  'account.setup.step_account_text':
    'The first account runs the workspace: it manages people, models and settings.',
  'account.setup.step_code': 'Welcome',
  'account.setup.step_code_text':
    'Three short steps and the workspace is yours. First: show that the server is yours.',
  'account.setup.step_theme': 'Almost done',
  'account.setup.step_theme_text': 'Choose how it looks. You can change this at any time.',
} as const;
