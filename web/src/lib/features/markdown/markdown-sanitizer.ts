import DOMPurify from 'dompurify';

const TAGS = [
  ...['p', 'br', 'hr', 'h2', 'h3', 'ul', 'ol', 'li', 'blockquote', 'div', 'span', 'a', 'button'],
  ...['em', 'strong', 'b', 'i', 's', 'u', 'del', 'sub', 'sup', 'kbd', 'mark', 'code', 'pre'],
  ...['table', 'thead', 'tbody', 'tr', 'th', 'td'],
];
const ATTRIBUTES = [
  ...['href', 'target', 'rel', 'class', 'type', 'align', 'start', 'tabindex', 'aria-label'],
  ...['data-citation', 'data-copy-code', 'data-language', 'data-math', 'data-checked'],
];

/**
 * Rendered Markdown with everything removed that could run, load or style something (S36): an allow-list of
 * tags and attributes, links to http, https and mailto only, no `style`, no `src`.
 */
export function sanitizeMarkdownHtml(html: string): string {
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_ARIA_ATTR: false,
    ALLOW_DATA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    // None of the others holds an address; DOMPurify would otherwise drop them for not matching one.
    ADD_URI_SAFE_ATTR: ATTRIBUTES.filter((name) => name !== 'href'),
    RETURN_TRUSTED_TYPE: false,
  });
}
