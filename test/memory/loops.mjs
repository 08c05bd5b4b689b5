// The loops whose memory test/memory/memory.test.ts watches, run as a child process: node loops.mjs NAME [STEPS]. Prints
// resident memory in bytes: { "early", "late" }.
import { functional as F, manualSeed, nn, noGrad, optim, rand, randint } from 'thinnet'

function network(sizes) {
  const layers = []
  for (let i = 0; i + 1 < sizes.length; i++) {
    if (i > 0) layers.push(new nn.ReLU(), new nn.Dropout(0.5))
    layers.push(new nn.Linear(sizes[i], sizes[i + 1]))
  }
  return new nn.Sequential(...layers)
}

/**
 * Calls `step` in one synchronous loop. Resident memory goes up and down as the collector comes and goes, and V8's young
 * generation grows over the first thousands of calls; what is compared is the highest of the calls just before a quarter
 * of them, and the highest of the last.
 */
function watch(total, step) {
  const peak = { early: 0, late: 0 }
  const window = total / 40
  for (let i = 1; i <= total; i++) {
    step(i)
    const part = i > total - window ? 'late' : i > total / 4 - window && i <= total / 4 ? 'early' : undefined
    if (part) peak[part] = Math.max(peak[part], process.memoryUsage.rss())
  }
  return peak
}

function training(sizes, batch, total) {
  const model = network(sizes)
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 })
  let lossSum = 0
  const memory = watch(total, (i) => {
    const x = rand([batch, sizes[0]])
    const y = randint(0, 10, [batch])
    optimizer.zeroGrad()
    const loss = F.crossEntropy(model.call(x), y)
    loss.backward()
    optimizer.step()
    if (i % 100 === 0) lossSum += loss.item()
  })
  if (!Number.isFinite(lossSum)) throw new Error(`the loss is ${lossSum}`)
  return memory
}

function forwards(evaluate) {
  const model = network([784, 64, 64, 10])
  if (evaluate) model.eval()
  return watch(20_000, () => {
    const x = rand([32, 784])
    if (evaluate) noGrad(() => model.call(x))
    else model.call(x)
  })
}

const loops = {
  training: () => training([784, 64, 64, 10], 32, 20_000),
  largeTraining: () => training([784, 2048, 2048, 10], 512, Number(process.argv[3])),
  discarded: () => forwards(false),
  evaluation: () => forwards(true),
}

manualSeed(0)
console.log(JSON.stringify(loops[process.argv[2]]()))
