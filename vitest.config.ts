import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

// Tests run the TypeScript sources, through the public names where they can.
export default defineConfig({
  resolve: {
    alias: [
      { find: '#platform', replacement: source('backend/platform.node.ts') },
      { find: '#files', replacement: source('data/files.node.ts') },
      { find: /^thinnet\/(\w+)$/, replacement: source('$1/index.ts') },
      { find: /^thinnet$/, replacement: source('index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: '100%', // all cores: most of the time goes by in one process at a time
    // Against hanging only: a build server may be busy, and some tests wait for processes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
