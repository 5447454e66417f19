import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// While developing, `YICHUAN_DESK` names the running desk; without it the mock in `dev/` answers.
const desk = process.env['YICHUAN_DESK'] ?? 'http://127.0.0.1:8470'

export default defineConfig({
  plugins: [vue()],
  base: '/',
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_DROP_MESSAGE_COMPILER__: false,
    __INTLIFY_JIT_COMPILATION__: true,
  },
  build: {
    target: 'es2022',
    // The policy of the pages has no `data:`; every font and picture is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
  server: { host: '127.0.0.1', proxy: { '/api': { target: desk, changeOrigin: true } } },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
})
