// Trainings: an epoch of them, their memory, and their time to a test error.
import { functional as F, manualSeed, nn, noGrad, optim, rand, randint } from 'thinnet'
import { DataLoader, mnist, TensorDataset } from 'thinnet/data'
import { mlp } from './models.mjs'
import { step } from './steps.mjs'

/** Lets the next turn of the event loop come: the collector's finalizers run there. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

function train(model, optimizer, batches, afterStep) {
  model.train()
  for (const [x, y] of batches) {
    const loss = F.crossEntropy(model.call(x), y)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    afterStep?.()
  }
}

/** A whole epoch over random images, loaded and shuffled by a `DataLoader`. */
export function epoch(request) {
  const { count, batch, sizes } = request
  const model = mlp(request)
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 })
  const data = new TensorDataset(rand([count, sizes[0]]), randint(0, sizes.at(-1), [count]))
  const loader = new DataLoader(data, { batchSize: batch, shuffle: true })
  return () => train(model, optimizer, loader)
}

const megabytes = (kilobytes) => kilobytes / 1024

/** Memory of a training, after `steps` steps: megabytes resident before it, and at most until its end. */
export async function memory({ steps, ...request }) {
  const before = process.memoryUsage().rss / 2 ** 20
  const { once } = step(request)
  for (let i = 0; i < steps; i++) {
    once()
    await turn()
  }
  return { before, peak: megabytes(process.resourceUsage().maxRSS) }
}

/**
 * The time that training on MNIST takes until the mean test error of three epochs in a row is at most `goal`. The learning
 * rate falls in a line from `lr` to 0; weights into a neuron are at most `maxNorm` long.
 */
export async function accuracy({ seed, folder, batch, lr, maxNorm, epochs, goal, ...network }) {
  const { train: images, test } = await mnist({ folder })
  const [testImages, testLabels] = [...new DataLoader(test, { batchSize: test.length })][0]
  const start = performance.now()
  manualSeed(seed)
  const model = mlp(network)
  const loader = new DataLoader(images, { batchSize: batch, shuffle: true })
  const layers = [...model].filter((layer) => layer instanceof nn.Linear)
  const weights = { params: layers.map(({ weight }) => weight), maxNorm }
  const biases = { params: layers.map(({ bias }) => bias) }
  const optimizer = new optim.SGD([weights, biases], { lr, momentum: 0.9 })
  const steps = epochs * loader.length
  const schedule = new optim.LambdaLR(optimizer, (done) => 1 - done / steps)
  let seconds = (performance.now() - start) / 1000
  const errors = []
  while (errors.length < epochs && !reached(errors, goal)) {
    const begin = performance.now()
    train(model, optimizer, loader, () => schedule.step())
    seconds += (performance.now() - begin) / 1000
    errors.push(testError(model, testImages, testLabels))
    await turn()
  }
  return { errors, seconds, reached: reached(errors, goal) }
}

/** In percent. */
function testError(model, x, y) {
  model.eval()
  const right = noGrad(() => model.call(x).argmax(1).eq(y).sum().item())
  return 100 * (1 - right / y.numel)
}

function reached(errors, goal) {
  const last = errors.slice(-3)
  return last.length === 3 && last.reduce((sum, error) => sum + error, 0) / 3 <= goal
}
