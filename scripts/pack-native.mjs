// Makes the package `@thinnet/native-<platform>-<arch>` of the addon that is built here, in build/packages/, to be
// published beside the library: where it is installed, nothing is compiled. `node scripts/pack-native.mjs`
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addonPath } from '../kernels/build.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { version, license, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const { platform, arch } = process
const name = `@thinnet/native-${platform}-${arch}`
const folder = join(root, 'build', 'packages', name)

mkdirSync(folder, { recursive: true })
copyFileSync(addonPath, join(folder, 'thinnet.node'))
const description = `Native kernels of thinnet for ${platform} on ${arch}`
const manifest = {
  name,
  version,
  description,
  license,
  engines,
  os: [platform],
  cpu: [arch],
  main: 'thinnet.node',
  files: ['thinnet.node'],
}
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
console.log(folder)
