// The training run of compare.py in thinnet, and what can be compared of it.
import { createHash } from 'node:crypto'
import { defaultGenerator, functional as F, manualSeed, nn, noGrad, onesLike, optim } from 'thinnet'
import { DataLoader } from 'thinnet/data'

/** Of numbers, as PyTorch's script takes it: the bytes of one array after another. */
function sha256(...arrays) {
  const hash = createHash('sha256')
  for (const array of arrays) hash.update(array)
  return hash.digest('hex')
}

/** The masks that the dropout layers of a model use: each is drawn again from the generator's state before it. */
class Masks {
  #seen = []

  constructor(model) {
    for (const layer of model.modules()) if (layer instanceof nn.Dropout) this.#watch(layer)
  }

  #watch(layer) {
    let state
    layer.registerForwardPreHook(() => {
      state = defaultGenerator.getState()
    })
    layer.registerForwardHook((_, [x], output) => {
      if (!layer.training) return
      const after = defaultGenerator.getState()
      defaultGenerator.setState(state)
      const factors = F.dropout(onesLike(x), layer.p)
      if (!defaultGenerator.getState().equal(after) || !noGrad(() => x.mul(factors).equal(output))) {
        throw new Error('the mask was not that of the generator')
      }
      this.#seen.push(factors.ne(0).toArray())
    })
  }

  taken() {
    return this.#seen.splice(0)
  }
}

/** Examples with their numbers, which a batch then has as its third part. */
const numbered = (dataset) => ({
  length: dataset.length,
  get: (index) => [...dataset.get(index), index],
  getBatch: (indices) => [...dataset.getBatch(indices), indices],
})

/** Trains on MNIST, whose parts `mnist()` gives; one call of `epoch` after the other. */
export class Training {
  #test
  #loader
  #model
  #optimizer
  #masks
  /** SHA-256 of the initial weights, by name. */
  initialWeights

  constructor({ train, test }, { seed, batchSize, lr, momentum }) {
    manualSeed(seed)
    this.#test = test
    this.#loader = new DataLoader(numbered(train), { batchSize, shuffle: true })
    this.#model = new nn.Sequential(
      new nn.Dropout(0.2),
      new nn.Linear(784, 256),
      new nn.ReLU(),
      new nn.Dropout(0.5),
      new nn.Linear(256, 256),
      new nn.ReLU(),
      new nn.Dropout(0.5),
      new nn.Linear(256, 10),
    )
    this.#optimizer = new optim.SGD(this.#model.parameters(), { lr, momentum })
    this.initialWeights = Object.fromEntries(
      [...this.#model.stateDict()].map(([name, weight]) => [name, sha256(weight.toArray())]),
    )
    this.#masks = new Masks(this.#model)
  }

  /** One epoch: for each step its loss, the examples of its batch, and SHA-256 of their numbers and of its masks. */
  *epoch() {
    this.#model.train()
    for (const [x, y, indices] of this.#loader) {
      this.#optimizer.zeroGrad()
      const loss = F.crossEntropy(this.#model.call(x), y)
      loss.backward()
      this.#optimizer.step()
      const [batch, masks] = [sha256(Int32Array.from(indices)), sha256(...this.#masks.taken())]
      yield { loss: loss.item(), indices, batch, masks }
    }
  }

  /** Runs an epoch to its end. */
  wholeEpoch() {
    const steps = [...this.epoch()]
    this.#model.eval()
    const [x, y] = this.#test.all()
    const right = noGrad(() => this.#model.call(x).argmax(1).eq(y).sum().item())
    return {
      steps,
      loss: steps.reduce((sum, { loss }) => sum + loss, 0) / steps.length,
      wrong: this.#test.length - right,
      drawn: sha256(steps.map(({ batch, masks }) => batch + masks).join('')),
      generator: sha256(defaultGenerator.getState().toArray()),
    }
  }
}
