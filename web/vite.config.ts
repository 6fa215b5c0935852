import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

const apiOrigin = `http://127.0.0.1:${process.env.PORT ?? '3000'}`;
// The page of `npm run dev` has another origin than the API; towards the API it takes that one's, as it has in use.
const proxy = { target: apiOrigin, changeOrigin: true, ws: true, headers: { origin: apiOrigin } };

export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    tailwindcss(),
    sveltekit({
      adapter: adapter({ pages: 'build', fallback: 'index.html', strict: true }),
      // The build's address must not depend on the path it is first opened at.
      paths: { relative: false },
    }),
  ],
  // No data: URLs: the content security policy takes fonts from this origin only.
  // The largest chunks are grammars of the highlighter, each loaded on demand; scripts/route-weight.ts bounds the pages.
  build: {
    manifest: true,
    target: 'es2024',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_000,
    // Lists of what each route loads would be part of the very first script, and grow with every page of the product.
    modulePreload: {
      resolveDependencies: (_file, dependencies) => dependencies.filter((file) => file.endsWith('.css')),
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': proxy, '/health': proxy, '/v1': proxy },
  },
});
