// The install script: builds the native addon if it can, and never fails the install. Without it the WASM build serves.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { addonIsFresh, buildAddon, buildLogPath } from './build.mjs'

try {
  if (process.env.THINNET_SKIP_BUILD !== '1' && !addonIsFresh()) {
    const { ok, reason, log } = await buildAddon()
    mkdirSync(dirname(buildLogPath), { recursive: true })
    writeFileSync(buildLogPath, `${reason}\n${log}`)
    console.log(
      ok
        ? `thinnet: native kernels ${reason}`
        : `thinnet: no native kernels (${reason}); using WASM. Try: npx thinnet build`,
    )
  }
} catch (error) {
  console.log(`thinnet: no native kernels (${error instanceof Error ? error.message : error}); using WASM`)
}
