// The loops whose memory test/memory/memory.test.ts watches, run as a child process: node loops.mjs NAME. Prints
// resident memory in bytes: { "early": after the first part, "late": at the end }.
import { functional as F, manualSeed, nn, noGrad, optim, rand, randint } from 'thinnet'

function network(sizes) {
  const layers = []
  for (let i = 0; i + 1 < sizes.length; i++) {
    if (i > 0) layers.push(new nn.ReLU(), new nn.Dropout(0.5))
    layers.push(new nn.Linear(sizes[i], sizes[i + 1]))
  }
  return new nn.Sequential(...layers)
}

/** Calls `step` in one synchronous loop; reads resident memory after `early` calls and at the end. */
function watch(early, total, step) {
  let first = 0
  for (let i = 1; i <= total; i++) {
    step(i)
    if (i === early) first = process.memoryUsage.rss()
  }
  return { early: first, late: process.memoryUsage.rss() }
}

function training(sizes, batch, early, total) {
  const model = network(sizes)
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 })
  let lossSum = 0
  const memory = watch(early, total, (i) => {
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
  const x = rand([32, 784])
  return watch(500, 20_000, () => {
    if (evaluate) noGrad(() => model.call(x))
    else model.call(x)
  })
}

const loops = {
  training: () => training([784, 64, 64, 10], 32, 500, 20_000),
  largeTraining: () => training([784, 2048, 2048, 10], 512, 100, 500),
  discarded: () => forwards(false),
  evaluation: () => forwards(true),
}

manualSeed(0)
console.log(JSON.stringify(loops[process.argv[2]]()))
