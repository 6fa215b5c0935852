import type { Letter, LetterValues, MailLanguage } from './letter.ts';

const product = 'AI Workflow Engine';
const ignore = 'If you did not ask for this, you need not do anything.';

const linkLetter =
  (subject: string, sentence: string, label: string, closing: string[]) =>
  ({ link = '' }: LetterValues): Letter => ({
    subject,
    paragraphs: [sentence],
    link: { label, url: link },
    closing,
  });

export const english: MailLanguage = {
  tag: 'en',
  greeting: (name) => (name === '' ? 'Hello,' : `Hello ${name},`),
  footer: (origin) => `${product} at ${origin}. Nobody reads answers to this address.`,
  linkHint: 'If the button does not work, open this address:',
  labels: {
    time: 'Time',
    device: 'Device',
    place: 'Place',
    address: 'Network address',
    name: 'Name',
    role: 'Role',
    email: 'E-mail address',
    proof: 'Proof of deletion',
  },
  noticeLinks: { security: 'Look at your security', alerts: 'Say whether it was you', none: '' },
  notYou: {
    security:
      'If that was not you, open the page above, end the sign-ins that are not yours and change your password.',
    alerts: 'If that was not you, say so on the page above. All other sign-ins then end at once.',
    none: 'If you have questions, write to an administrator.',
  },
  notices: {
    password_changed: {
      subject: 'Your password was changed',
      sentence: () => 'The password of your account was changed.',
    },
    password_reset: {
      subject: 'Your password was set anew',
      sentence: () =>
        'The password of your account was set anew through a link in a mail. All sign-ins were ended.',
    },
    email_changed: {
      subject: 'Your e-mail address was changed',
      sentence: () => 'Your account has a new e-mail address. You sign in with that one from now on.',
    },
    email_change_requested: {
      subject: 'A change of your e-mail address was asked for',
      sentence: () => 'Somebody who is signed in to your account wants to change its e-mail address.',
    },
    totp_enabled: {
      subject: 'Codes from an authenticator app are on',
      sentence: () => 'Signing in to your account now also needs a code from your authenticator app.',
    },
    totp_disabled: {
      subject: 'Codes from an authenticator app are off',
      sentence: () => 'Signing in to your account no longer needs a code from an authenticator app.',
    },
    passkey_added: {
      subject: 'A passkey was added',
      sentence: () => 'A passkey was added to your account. Whoever has it can sign in.',
    },
    passkey_removed: {
      subject: 'A passkey was removed',
      sentence: () => 'A passkey was removed from your account.',
    },
    passkey_cloned: {
      subject: 'A passkey may have been copied',
      sentence: () =>
        'A passkey of your account was refused: it counts its uses, and its count went back. Somebody may have a copy of it. Remove it from your account.',
    },
    backup_codes_regenerated: {
      subject: 'You have new backup codes',
      sentence: () =>
        'New backup codes were made for your account. The earlier ones are not accepted any more.',
    },
    backup_code_used: {
      subject: 'A backup code was used',
      sentence: ({ remaining }) =>
        remaining === undefined
          ? 'A backup code of your account was used.'
          : `A backup code of your account was used. Codes left: ${remaining}.`,
    },
    new_device: {
      subject: 'Sign-in from a new device',
      sentence: () => 'Somebody signed in to your account from a device that we did not know.',
    },
    unusual_sign_in: {
      subject: 'Unusual sign-in',
      sentence: () => 'Somebody signed in to your account in a way that is unusual for you.',
    },
    sign_in_blocked: {
      subject: 'A sign-in was stopped',
      sentence: () =>
        'Somebody tried to sign in to your account with the right password. It looked wrong and was stopped.',
    },
    api_key_created: {
      subject: 'An API key was created',
      sentence: () => 'An API key was created for your account. Programs that have it act in your name.',
    },
    certificate_issued: {
      subject: 'A certificate was issued',
      sentence: () => 'A client certificate was issued for your account. Whoever has its key can sign in.',
    },
    identity_linked: {
      subject: 'A sign-in provider was linked',
      sentence: () => 'Your account can now also be opened through a sign-in provider.',
    },
    identity_unlinked: {
      subject: 'A sign-in provider was disconnected',
      sentence: () =>
        'Your account can no longer be opened through a sign-in provider that was linked to it.',
    },
    account_suspended: {
      subject: 'Your account was suspended',
      sentence: () => 'An administrator suspended your account. You cannot sign in until that is taken back.',
    },
    account_approved: {
      subject: 'Your account was approved',
      sentence: () => 'An administrator approved your account. You can sign in now.',
    },
    factors_reset: {
      subject: 'Your second factors were removed',
      sentence: () =>
        'An administrator removed the second factors of your account. Set up new ones after signing in.',
    },
    account_deletion_scheduled: {
      subject: 'Your account will be deleted',
      sentence: ({ date }) =>
        `The deletion of your account was asked for${date === undefined ? '' : `; it happens on ${date}`}. Until then you can sign in and take it back.`,
    },
    account_deleted: {
      subject: 'Your account was deleted',
      sentence: () =>
        'Your account is closed, and it and what belonged to it are being deleted. This is the last mail about it: when the deletion is done, the address below shows its proof.',
    },
    role_changed: {
      subject: 'Your role was changed',
      sentence: () => 'An administrator changed the role of your account. Your sign-ins were ended.',
    },
    sessions_ended: {
      subject: 'Your sign-ins were ended',
      sentence: () => 'The sign-ins of your account were ended. Sign in again where you need it.',
    },
  },
  letters: {
    verify_email: linkLetter(
      'Confirm your e-mail address',
      `An account at ${product} was registered with this address. Confirm that it is yours; the link works for 24 hours.`,
      'Confirm the address',
      ['If you did not register, do not open the link. You need not do anything else.'],
    ),
    reset_password: linkLetter(
      'Set a new password',
      'A new password was asked for. Choose it on the page below; the link works once, for 30 minutes. Your second factor, if you have one, stays as it is.',
      'Choose a new password',
      [`${ignore} Your password stays as it is.`],
    ),
    choose_password: linkLetter(
      'Your account is ready',
      `An administrator made an account at ${product} for you. Choose a password on the page below; the link works once, for 24 hours.`,
      'Choose a password',
      [],
    ),
    confirm_old_email: (values) => ({
      subject: 'Confirm that your e-mail address changes',
      paragraphs: [
        `The e-mail address of your account is to become ${values.email ?? ''}. Confirm it here and from the new address; the links work for 24 hours.`,
      ],
      link: { label: 'Confirm the change', url: values.link ?? '' },
      closing: [
        'If that was not you, do not open the link. Change your password: somebody is signed in to your account.',
      ],
    }),
    confirm_new_email: linkLetter(
      'Confirm your new e-mail address',
      `This address is to become that of an account at ${product}. Confirm it here and from the earlier address; the links work for 24 hours.`,
      'Confirm the address',
      [ignore],
    ),
    email_in_use: () => ({
      subject: 'Your e-mail address was entered for another account',
      paragraphs: [
        `Somebody wants to use this address for another account at ${product}. It belongs to your account already, so nothing changes.`,
      ],
      closing: [ignore],
    }),
    already_registered: ({ link = '' }) => ({
      subject: 'You have an account already',
      paragraphs: [
        `Somebody tried to register at ${product} with this address. You have an account already: sign in, or set a new password if you forgot yours.`,
      ],
      link: { label: 'Set a new password', url: link },
      closing: [`${ignore} Nothing was changed.`],
    }),
    invitation: (values) => ({
      subject: `You are invited to ${product}`,
      paragraphs: [
        `${values.inviter ?? 'An administrator'} invites you to ${product}. The invitation works once, for 7 days.`,
        ...(values.message ? [`They write: ${values.message}`] : []),
      ],
      link: { label: 'Accept the invitation', url: values.link ?? '' },
      closing: ['If you do not know what this is about, you need not do anything.'],
    }),
    sign_in_code: ({ code = '' }) => ({
      subject: 'Your sign-in code',
      paragraphs: [
        'A sign-in to your account looked unusual. If it is you, type this code; it works for a few minutes.',
      ],
      code,
      closing: ['If that was not you, tell nobody the code and change your password: somebody knows it.'],
    }),
    test: () => ({
      subject: 'Test message',
      paragraphs: ['This message shows that mails of this server arrive. An administrator asked for it.'],
    }),
  },
};
