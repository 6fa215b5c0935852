import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageHeaders } from '../../platform/http/security-headers.ts';

export type AccessProblem = 'none' | 'foreign' | 'unknown';

interface Texts {
  title: string;
  problems: Record<AccessProblem, string>;
  intro: string;
  steps: string[];
  noAccount: string;
  link: string;
}

const english: Texts = {
  title: 'This device needs a certificate',
  problems: {
    none: 'Your browser showed no certificate.',
    foreign: 'Your browser showed a certificate that was not issued here.',
    unknown: 'The certificate of this device was revoked, has expired, or is not known here.',
  },
  intro: 'This address is for devices that carry a certificate of this workspace. To get one:',
  steps: [
    'Sign in to the workspace at its usual address.',
    'Open Security, then Certificates, and choose “Add a certificate”. Either upload a signing request of the device, or take the protected file and import it into the key store of the device.',
    'Close the browser, open it again and come back to this address. It asks which certificate to use.',
  ],
  noAccount: 'You have no account yet? Ask the person who runs this workspace for an invitation.',
  link: 'Open the workspace',
};

const german: Texts = {
  title: 'Dieses Gerät braucht ein Zertifikat',
  problems: {
    none: 'Ihr Browser hat kein Zertifikat gezeigt.',
    foreign: 'Ihr Browser hat ein Zertifikat gezeigt, das nicht von hier stammt.',
    unknown: 'Das Zertifikat dieses Geräts wurde widerrufen, ist abgelaufen oder hier nicht bekannt.',
  },
  intro: 'Diese Adresse ist für Geräte mit einem Zertifikat dieses Arbeitsbereichs. So bekommen Sie eins:',
  steps: [
    'Melden Sie sich im Arbeitsbereich unter seiner gewohnten Adresse an.',
    'Öffnen Sie Sicherheit, dann Zertifikate, und wählen Sie „Zertifikat hinzufügen“. Laden Sie eine Zertifikatsanforderung des Geräts hoch, oder nehmen Sie die geschützte Datei und importieren Sie sie in den Schlüsselspeicher des Geräts.',
    'Schließen Sie den Browser, öffnen Sie ihn wieder und kommen Sie auf diese Adresse zurück. Er fragt dann, welches Zertifikat er nehmen soll.',
  ],
  noAccount:
    'Sie haben noch kein Konto? Bitten Sie die Person, die den Arbeitsbereich betreibt, um eine Einladung.',
  link: 'Arbeitsbereich öffnen',
};

/** Sends the page that explains how a device gets a certificate. It needs no script and no other file. */
export function sendRequestAccessPage(
  request: FastifyRequest,
  reply: FastifyReply,
  page: { problem: AccessProblem | undefined; address: string | undefined; secure: boolean },
): FastifyReply {
  const language = /^\s*de\b/i.test(request.headers['accept-language'] ?? '') ? 'de' : 'en';
  return reply
    .headers(pageHeaders(page.secure, []))
    .header('cache-control', 'no-store')
    .header('content-language', language)
    .header('vary', 'accept-language')
    .type('text/html; charset=utf-8')
    .send(render(language === 'de' ? german : english, language, page));
}

function render(
  texts: Texts,
  language: string,
  { problem, address }: { problem: AccessProblem | undefined; address: string | undefined },
): string {
  const steps = texts.steps.map((step) => `<li>${escapeHtml(step)}</li>`).join('');
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(texts.title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(texts.title)}</h1>
${problem === undefined ? '' : `<p class="problem">${escapeHtml(texts.problems[problem])}</p>`}
<p>${escapeHtml(texts.intro)}</p>
<ol>${steps}</ol>
${address === undefined ? '' : `<p><a href="${escapeHtml(address)}/security/certificates">${escapeHtml(texts.link)}</a></p>`}
<p class="muted">${escapeHtml(texts.noAccount)}</p>
</main>
</body>
</html>
`;
}

const style = `
:root { --canvas: oklch(0.985 0.004 95); --text: oklch(0.22 0.015 255); --muted: oklch(0.46 0.015 255);
  --accent: oklch(0.5 0.095 180); --soft: oklch(0.95 0.03 80); }
@media (prefers-color-scheme: dark) { :root { --canvas: oklch(0.17 0.01 255); --text: oklch(0.955 0.006 95);
  --muted: oklch(0.74 0.01 255); --accent: oklch(0.78 0.115 178); --soft: oklch(0.26 0.03 80); } }
body { margin: 0; background: var(--canvas); color: var(--text); font: 16px/1.6 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 12vh 1rem 2rem; }
h1 { font-size: 24px; line-height: 1.3; font-weight: 600; margin: 0 0 1rem; }
li { margin: 0 0 0.5rem; }
a { color: var(--accent); display: inline-block; padding: 0.6rem 0; }
.problem { background: var(--soft); border-radius: 6px; padding: 0.75rem; }
.muted { color: var(--muted); }
`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
