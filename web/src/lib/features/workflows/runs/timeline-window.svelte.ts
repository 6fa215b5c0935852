const overscan = 12;
const finePx = 36;
/** Wide enough for a finger. */
const coarsePx = 44;

/** Which lines of a long list are near the view; all lines are equally high. */
export class TimelineWindow {
  rowPx = $state(finePx);
  #view = $state.raw({ top: 0, height: 0 });
  #measure: () => void = () => undefined;
  #scrollBy: (px: number) => void = () => undefined;

  /** Follows the scroller around the list; for `$effect`, which calls the returned function. */
  follow(scroller: HTMLElement, list: HTMLElement): () => void {
    this.#measure = () => {
      const top = list.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      this.#view = { top: Math.max(0, -top), height: scroller.clientHeight };
    };
    this.#scrollBy = (px) => {
      scroller.scrollTop += px;
      this.#measure();
    };
    const coarse = matchMedia('(pointer: coarse)');
    const onPointer = () => {
      this.rowPx = coarse.matches ? coarsePx : finePx;
    };
    onPointer();
    coarse.addEventListener('change', onPointer);
    const resize = new ResizeObserver(this.#measure);
    resize.observe(scroller);
    if (scroller.firstElementChild) resize.observe(scroller.firstElementChild);
    scroller.addEventListener('scroll', this.#measure, { passive: true });
    const measure = this.#measure;
    return () => {
      coarse.removeEventListener('change', onPointer);
      resize.disconnect();
      scroller.removeEventListener('scroll', measure);
    };
  }

  /** The lines to draw of `count`: those near the view, and the one that has the focus, which would be lost with it. */
  drawn(count: number, focused: number): number[] {
    const { top, height } = this.#view;
    const first = Math.max(0, Math.floor(top / this.rowPx) - overscan);
    const last = Math.min(count, Math.ceil((top + height) / this.rowPx) + overscan);
    const indexes = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
    if (focused < count && (focused < first || focused >= last)) indexes.push(focused);
    return indexes;
  }

  /** Scrolls as little as needed to show a line and some of the one after it. */
  reveal(index: number): void {
    const { top, height } = this.#view;
    const at = index * this.rowPx;
    if (at < top + 8) this.#scrollBy(at - top - 8);
    else if (at + 2 * this.rowPx > top + height) this.#scrollBy(at + 2 * this.rowPx - top - height);
  }
}
