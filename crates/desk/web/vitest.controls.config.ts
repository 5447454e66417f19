import { defineConfig } from 'vitest/config'
import { journeys } from './vitest.browser.config'

/** What all journeys together did, compared after them; it opens no world. */
export default defineConfig({
  root: journeys,
  test: { environment: 'node', include: ['controls.test.ts'] },
})
