/** Sets the formula whose TeX is the text of `element`; TeX that cannot be read stays as text. */
export async function renderMath(element: HTMLElement): Promise<void> {
  const tex = element.textContent ?? '';
  const [{ default: katex }] = await Promise.all([import('katex'), import('katex/dist/katex.min.css')]);
  if (!element.isConnected) return;
  const displayMode = element.dataset.math === 'block';
  // `trust` off: no links, images or classes from TeX; the limits bound what macros may expand to.
  katex.render(tex, element, {
    displayMode,
    throwOnError: false,
    strict: 'ignore',
    trust: false,
    maxExpand: 200,
    maxSize: 20,
  });
}
