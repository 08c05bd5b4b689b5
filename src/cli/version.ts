import { readFileSync } from 'node:fs'

const { version: read } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** thinnet's version, of package.json: it lies as far above dist/cli as above src/cli. */
export const version: string = read
