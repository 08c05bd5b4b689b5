import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { overFirst } from '../columns.mjs'
import { benchFile, python, script, thinnet, torch } from '../peers.mjs'
import { race } from '../race.mjs'
import { network } from './shapes.mjs'

const hidden = 1024

function contenders(threads, model) {
  const request = { kind: 'latency', ...network(hidden), dropout: 'perExample' }
  const ours = (label, extra) => ({ label, start: thinnet(threads), request: { ...request, ...extra } })
  return [
    ours('thinnet, inverted dropout', {}),
    ours('thinnet, no dropout', { dropout: 'none' }),
    ours('thinnet, standard dropout', { scaling: 'standard' }),
    ours('thinnet, standard dropout, folded', { scaling: 'standard', fold: true }),
    { label: 'PyTorch, dropout', start: torch(threads), request },
    ...(existsSync(model)
      ? [{ label: 'ONNX Runtime', start: script('onnx'), request: { kind: 'latency', model, threads } }]
      : []),
  ]
}

const row = (threads) => ({
  name: `784-${hidden}-${hidden}-10, one example, eval()`,
  threads,
  estimate: ({ rounds, seconds }) => 6 * (1 + rounds * seconds * 1.2),
  async measure({ peers, settings }) {
    const model = join(mkdtempSync(join(tmpdir(), 'thinnet-bench-')), 'mlp.onnx')
    spawnSync(python, [benchFile('peers/onnx_model.py'), String(hidden), model], { stdio: 'inherit' })
    return { entries: await race({ name: this.name, contenders: contenders(threads, model) }, peers, settings) }
  },
})

export const latency = {
  name: 'latency',
  about: 'The answer to one example, in evaluation mode: dropout costs nothing there.',
  rows: () => [1, 2].map(row),
  columns: [overFirst],
}
