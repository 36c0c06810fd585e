import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative: the host decides under which path the pages stand.
  base: './',
  plugins: [react()],
  // The server puts a fresh nonce here with every document.
  html: { cspNonce: '%NONCE%' },
  build: {
    outDir: fileURLToPath(new URL('../../libs/admin/ui', import.meta.url)),
    emptyOutDir: true,
    manifest: true,
    // A data: URL for a font or script would not pass the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // scripts/size.mjs keeps a budget of its own.
    chunkSizeWarningLimit: 2_000,
  },
});
