import { join } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

const root = import.meta.dirname

export default defineConfig({
  root,
  base: '/console/',
  cacheDir: join(root, '../../node_modules/.cache/vite-console'),
  plugins: [react(), tailwindcss()],
  resolve: { conditions: ['@tern/source', ...defaultClientConditions] },
  build: {
    outDir: 'dist',
    target: 'es2023',
    // Everything has a URL of its own: what is inlined would have to be allowed by the content security policy.
    assetsInlineLimit: 0,
    // The polyfill would be a script inside the page.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
})
