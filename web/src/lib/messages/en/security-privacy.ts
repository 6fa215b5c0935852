export const securityPrivacy = {
  'security.consents.granted': 'You agreed.',
  'security.consents.history': 'Earlier decisions',
  'security.consents.no_at': '{when}: withdrawn',
  'security.consents.text':
    'You can change your mind at any time. Each decision is kept with the text it was about.',
  'security.consents.title': 'What you agreed to',
  'security.consents.withdrawn': 'You withdrew it.',
  'security.consents.yes_at': '{when}: agreed',
  'security.deletion.action': 'Delete my account',
  'security.deletion.by_administrator': 'An administrator has your account deleted on {when}.',
  'security.deletion.confirm_text': {
    one: 'Documents, conversations and settings go with it, in {count} day. You get a mail with which you can prove it later.',
    other:
      'Documents, conversations and settings go with it, in {count} days. You get a mail with which you can prove it later.',
  },
  'security.deletion.confirm_title': 'Delete your account?',
  'security.deletion.keep': 'Keep my account',
  'security.deletion.kept': 'Your account stays.',
  'security.deletion.scheduled': 'Your account will be deleted on {when}.',
  'security.deletion.text': {
    one: 'Your account and everything in it are deleted after {count} day. Until then you can change your mind.',
    other:
      'Your account and everything in it are deleted after {count} days. Until then you can change your mind.',
  },
  'security.deletion.title': 'Delete the account',
  'security.exports.ask': 'Ask for a copy',
  'security.exports.copy': 'Copy of your data',
  'security.exports.download': 'Download',
  'security.exports.status.expired': 'Removed',
  'security.exports.status.failed': 'Failed',
  'security.exports.status.ready': 'Ready',
  'security.exports.status.running': 'Being made',
  'security.exports.status.waiting': 'Waiting',
  'security.exports.text': 'Everything that is kept about you, as a file to take with you.',
  'security.exports.title': 'A copy of your data',
  'security.exports.until': 'available until {when}',
} as const;
