import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// The journeys stand with the other journeys and use what is installed here.
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const journeys = here('../../../tests/browser')

/** Pages come first, while the world is as it was made; what all pages showed is compared with what
 * was used after all journeys, and only where none was left out. */
class Ordered extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const all = readdirSync(journeys).filter((name) => name.endsWith('.test.ts'))
    const project = files[0]?.project
    const whole = files.length === all.length && !project?.vitest.config.testNamePattern
    project?.provide('whole', whole)
    if (!whole) console.warn('journeys are left out: controls shown and used are not compared')
    const place = (one: TestSpecification) =>
      one.moduleId.endsWith('/pages.test.ts')
        ? 0
        : one.moduleId.endsWith('/controls.test.ts')
          ? 2
          : 1
    return files.toSorted(
      (one, other) => place(one) - place(other) || one.moduleId.localeCompare(other.moduleId),
    )
  }
}

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
    globalSetup: 'world.ts',
    // One world, and one exchange that is away for everybody at once.
    fileParallelism: false,
    sequence: { sequencer: Ordered },
    testTimeout: 240_000,
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
  },
})
