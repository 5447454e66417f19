import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// The journeys stand with the other journeys and use what is installed here.
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const journeys = here('../../../tests/browser')

/** What all pages showed is compared with what was used after all journeys, and only where none was
 * left out. */
class Last extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const all = readdirSync(journeys).filter((name) => name.endsWith('.test.ts'))
    const project = files[0]?.project
    const whole = files.length === all.length && !project?.vitest.config.testNamePattern
    project?.provide('whole', whole)
    if (!whole) console.warn('journeys are left out: controls shown and used are not compared')
    const sorted = await super.sort(files)
    const isLast = (one: TestSpecification) => one.moduleId.endsWith('/controls.test.ts')
    return [...sorted.filter((one) => !isLast(one)), ...sorted.filter(isLast)]
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
    sequence: { sequencer: Last },
    testTimeout: 120_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
  },
})
