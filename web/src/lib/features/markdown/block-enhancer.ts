import { highlightCode } from './code-highlighter.ts';
import { renderMath } from './math-renderer.ts';

/** Colours code and sets formulas in a block that will not change any more; both load what they need on demand. */
export async function enhanceBlock(block: HTMLElement): Promise<void> {
  const code = [...block.querySelectorAll<HTMLElement>('code[data-language]:not([data-language=""])')];
  const formulas = [...block.querySelectorAll<HTMLElement>('[data-math]')];
  await Promise.all([...code.map(highlightCode), ...formulas.map(renderMath)]);
}

/** Copies the code beside a copy button. */
export async function copyCodeOf(button: HTMLElement): Promise<void> {
  const code = button.closest('.code-block')?.querySelector('code')?.textContent ?? '';
  await navigator.clipboard.writeText(code);
}
