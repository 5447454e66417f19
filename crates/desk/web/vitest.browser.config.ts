import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// The journeys stand with the other journeys and use what is installed here.
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('../../../tests/browser'),
  cacheDir: here('node_modules/.vite-browser'),
  server: { fs: { strict: false } },
  resolve: {
    alias: {
      '@axe-core/playwright': here('node_modules/@axe-core/playwright/dist/index.mjs'),
      'playwright-core': here('node_modules/playwright-core/index.mjs'),
    },
  },
  test: {
    environment: 'node',
    include: ['*.test.ts'],
    globalSetup: 'world.ts',
    // One world, and one exchange that is away for everybody at once.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
  },
})
