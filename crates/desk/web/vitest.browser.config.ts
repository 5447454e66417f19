import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// The journeys stand with the other journeys and use what is installed here.
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
export const journeys = here('../../../tests/browser')

/** Pages come first, while a world is as it was made, and because they take longest. */
class Ordered extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = (one: TestSpecification) => (one.moduleId.endsWith('/pages.test.ts') ? 0 : 1)
    return files.toSorted(
      (one, other) => place(one) - place(other) || one.moduleId.localeCompare(other.moduleId),
    )
  }
}

/** Two files at a time, each in a world of its own; one world where files are named. */
const worlds = process.argv.some((word) => word.endsWith('.test.ts')) ? 1 : 2

export default defineConfig({
  root: journeys,
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
    exclude: ['controls.test.ts'],
    globalSetup: 'world.ts',
    provide: { count: worlds },
    maxWorkers: worlds,
    sequence: { sequencer: Ordered },
    testTimeout: 240_000,
    // A browser on a busy machine loses a click now and then; what fails twice is told.
    retry: 1,
    // Where that many fail something is wrong with all of them, and each would take its time.
    bail: 20,
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
  },
})
