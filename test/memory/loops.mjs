// The loops whose memory test/memory/memory.test.ts watches, run as a child process: node loops.mjs NAME [STEPS SETTLED]. Prints
// resident memory in bytes: { "early", "late" }.
import { functional as F, manualSeed, nn, noGrad, optim, rand, randint } from 'thinnet'

const small = { sizes: [784, 64, 64, 10], batch: 32, steps: 20_000, settled: 500, window: 4500 }
/**
 * Where nothing but garbage is made, waves are longer and V8 takes longer to settle (a loop of `new ArrayBuffer(100_352)`
 * alone, without this library, doubles its memory over the first 20,000 of them): the end is compared with all before.
 */
const forward = { ...small, steps: 50_000, before: 35_000, window: 15_000 }
const [steps, settled] = process.argv.slice(3).map(Number)
/** A step takes long, and there are few: both halves of those after the settled ones are compared. */
const large = { sizes: [784, 2048, 2048, 10], batch: 512, steps, settled, window: Math.floor((steps - settled) / 2) }

function network({ sizes }, options) {
  const layers = []
  for (let i = 0; i + 1 < sizes.length; i++) {
    if (i > 0) layers.push(new nn.ReLU(), new nn.Dropout(0.5, options))
    layers.push(new nn.Linear(sizes[i], sizes[i + 1]))
  }
  return new nn.Sequential(...layers)
}

/**
 * Calls `step` in one synchronous loop. Resident memory goes up and down as the collector comes and goes, in waves of
 * thousands of small steps; what is compared are crests: after the `settled`-th step, for a `window` or until `before`, and
 * of the last `window`.
 */
function watch({ steps, settled, window, before = settled + window }, step) {
  const peak = { early: 0, late: 0 }
  for (let i = 1; i <= steps; i++) {
    step(i)
    const part = i > steps - window ? 'late' : i > settled && i <= before ? 'early' : undefined
    if (part) peak[part] = Math.max(peak[part], process.memoryUsage.rss())
  }
  return peak
}

function training(size, options) {
  const model = network(size, options)
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 })
  let lossSum = 0
  const memory = watch(size, (i) => {
    const x = rand([size.batch, size.sizes[0]])
    const y = randint(0, 10, [size.batch])
    optimizer.zeroGrad()
    const loss = F.crossEntropy(model.call(x), y)
    loss.backward()
    optimizer.step()
    if (i % 100 === 0) lossSum += loss.item()
  })
  if (!Number.isFinite(lossSum)) throw new Error(`the loss is ${lossSum}`)
  return memory
}

function forwards(options, evaluate) {
  const model = network(forward, options)
  if (evaluate) model.eval()
  return watch(forward, () => {
    const x = rand([forward.batch, forward.sizes[0]])
    if (evaluate) noGrad(() => model.call(x).argmax(1).toArray())
    else model.call(x)
  })
}

const thinned = { subnets: 4 }
const loops = {
  training: () => training(small, {}),
  thinnedTraining: () => training(small, thinned),
  largeTraining: () => training(large, {}),
  largeThinnedTraining: () => training(large, thinned),
  discarded: () => forwards({}, false),
  thinnedDiscarded: () => forwards(thinned, false),
  evaluation: () => forwards({}, true),
}

manualSeed(0)
console.log(JSON.stringify(loops[process.argv[2]]()))
