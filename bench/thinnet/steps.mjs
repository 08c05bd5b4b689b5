import { functional as F, optim, rand } from 'thinnet'
import { mlp } from './models.mjs'

/** Mini-batches that a step takes in turn. */
const batches = 8

/** Random numbers, and where the largest of the first of them is: something to learn, the same for every library. */
export function examples(count, { sizes }) {
  const x = rand([count, sizes[0]])
  const classes = Math.min(sizes[0], sizes.at(-1))
  return { x, y: x.narrow(1, 0, classes).argmax(1) }
}

/** A whole training step. `loss` is the mean of the first `check` steps, which also warm up. */
export function step(request) {
  const { batch, check = 3 } = request
  const model = mlp(request)
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 })
  const { x, y } = examples(batch * batches, request)
  let at = 0
  const once = () => {
    const start = (at++ % batches) * batch
    const loss = F.crossEntropy(model.call(x.narrow(0, start, batch)), y.narrow(0, start, batch))
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    return loss
  }
  let loss = 0
  for (let i = 0; i < check; i++) loss += once().item() / check
  return { once: () => void once(), loss }
}
