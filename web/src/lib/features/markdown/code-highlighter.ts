import type { HighlighterCore, LanguageRegistration } from 'shiki/core';

type LanguageModule = { default: LanguageRegistration[] };

const LANGUAGES: Record<string, () => Promise<LanguageModule>> = {
  bash: () => import('shiki/langs/bash.mjs'),
  c: () => import('shiki/langs/c.mjs'),
  cpp: () => import('shiki/langs/cpp.mjs'),
  csharp: () => import('shiki/langs/csharp.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  diff: () => import('shiki/langs/diff.mjs'),
  dockerfile: () => import('shiki/langs/dockerfile.mjs'),
  go: () => import('shiki/langs/go.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  jsx: () => import('shiki/langs/jsx.mjs'),
  kotlin: () => import('shiki/langs/kotlin.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  php: () => import('shiki/langs/php.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  ruby: () => import('shiki/langs/ruby.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  svelte: () => import('shiki/langs/svelte.mjs'),
  swift: () => import('shiki/langs/swift.mjs'),
  toml: () => import('shiki/langs/toml.mjs'),
  tsx: () => import('shiki/langs/tsx.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  xml: () => import('shiki/langs/xml.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
};
const ALIASES: Record<string, string> = {
  'c#': 'csharp',
  'c++': 'cpp',
  cs: 'csharp',
  docker: 'dockerfile',
  js: 'javascript',
  kt: 'kotlin',
  md: 'markdown',
  mjs: 'javascript',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  ts: 'typescript',
  yml: 'yaml',
  zsh: 'bash',
};
/** Longer code stays plain: the grammars take milliseconds per kilobyte on the main thread. */
const MAX_CODE_LENGTH = 40_000;

let highlighter: Promise<HighlighterCore> | undefined;

async function loadHighlighter(): Promise<HighlighterCore> {
  const [core, engine] = await Promise.all([import('shiki/core'), import('shiki/engine/javascript')]);
  const theme = core.createCssVariablesTheme({ name: 'tokens', variablePrefix: '--code-' });
  return core.createHighlighterCore({
    themes: [theme],
    langs: [],
    engine: engine.createJavaScriptRegexEngine({ forgiving: true }),
  });
}

/** The class of a token colour: `var(--code-token-keyword)` → `code-token-keyword`. */
export function classOfColour(colour: string | undefined): string | undefined {
  return colour?.match(/^var\(--(code-token-[a-z-]+)\)$/)?.[1];
}

/**
 * Colours the code in `element`, whose language is in `data-language`. Only class names are set, so it works under
 * a policy without inline styles. Code in an unknown language, or too long, stays as it is.
 */
export async function highlightCode(element: HTMLElement): Promise<void> {
  const name = element.dataset.language?.toLowerCase() ?? '';
  const language = ALIASES[name] ?? name;
  const load = Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language] : undefined;
  const code = element.textContent ?? '';
  if (!load || code.length > MAX_CODE_LENGTH) return;
  highlighter ??= loadHighlighter();
  const [shiki, grammar] = await Promise.all([highlighter, load()]);
  await shiki.loadLanguage(grammar.default);
  if (!element.isConnected || element.textContent !== code) return;
  const { tokens } = shiki.codeToTokens(code, { lang: language, theme: 'tokens' });
  const nodes: Node[] = [];
  for (const [index, line] of tokens.entries()) {
    if (index > 0) nodes.push(document.createTextNode('\n'));
    for (const token of line) {
      const className = classOfColour(token.color);
      const span = className ? document.createElement('span') : undefined;
      if (span && className) span.className = className;
      if (span) span.textContent = token.content;
      nodes.push(span ?? document.createTextNode(token.content));
    }
  }
  element.replaceChildren(...nodes);
}
