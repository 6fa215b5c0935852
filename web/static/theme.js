// Runs before the first paint. The same key and rule as src/lib/theme.svelte.ts.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('aiwfe.theme');
  } catch {
    // Storage can be forbidden by the browser; the default theme is right then.
  }
  const light =
    chosen === 'light' || (chosen === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
  document.documentElement.dataset.theme = light ? 'light' : 'dark';
})();
