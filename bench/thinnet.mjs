// thinnet itself, through its public entry. THINNET_THREADS and THINNET_BACKEND come from the environment.
import {
  backendInfo,
  functional as F,
  foldScaling,
  manualSeed,
  matmul,
  nn,
  noGrad,
  optim,
  rand,
  randint,
  randperm,
  zeros,
} from 'thinnet'
import { serve } from './serve.mjs'

/** The four products that training a linear layer is made of, [m, k] by [k, n]. */
const products = {
  plain: ({ m, k, n }) => [rand([m, k]), rand([k, n])],
  forward: ({ m, k, n }) => [rand([m, k]), rand([n, k]).T], // x · Wᵀ
  inputGradient: ({ m, k, n }) => [rand([m, k]), rand([k, n])], // dy · W
  weightGradient: ({ m, k, n }) => [rand([k, m]).T, rand([k, n])], // dyᵀ · x
}

function mlp(hidden, { dropout = true, scaling = 'inverted' }) {
  const drop = (p) => (dropout ? [new nn.Dropout(p, { scaling })] : [])
  return new nn.Sequential(
    ...drop(0.2),
    new nn.Linear(784, hidden),
    new nn.ReLU(),
    ...drop(0.5),
    new nn.Linear(hidden, hidden),
    new nn.ReLU(),
    ...drop(0.5),
    new nn.Linear(hidden, 10),
  )
}

/** Random numbers by PyTorch's names: each fills a tensor, or makes one where there is no in-place form. */
const draws = {
  uniform_: (x) => x.uniform_(),
  normal_: (x) => x.normal_(),
  'normal_(1, 2)': (x) => x.normal_(1, 2),
  'bernoulli_(0.5)': (x) => x.bernoulli_(0.5),
  'dropout(x, 0.5)': (x) => F.dropout(x, 0.5).hostView(), // computed, not only planned
  randperm: (x) => randperm(x.numel),
}

const builders = {
  product(parameters) {
    const [a, b] = products[parameters.form](parameters)
    return () => void noGrad(() => matmul(a, b))
  },
  step({ hidden, batch, dropout }) {
    const model = mlp(hidden, { dropout })
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 })
    const x = rand([batch * 8, 784])
    const y = randint(0, 10, [batch * 8])
    let at = 0
    return () => {
      const start = (at++ % 8) * batch
      optimizer.zeroGrad()
      F.crossEntropy(model.call(x.narrow(0, start, batch)), y.narrow(0, start, batch)).backward()
      optimizer.step()
    }
  },
  latency({ hidden, dropout, scaling, fold }) {
    const model = mlp(hidden, { dropout, scaling })
    if (fold) foldScaling(model)
    model.eval()
    const x = rand([1, 784])
    return () => void noGrad(() => model.call(x).hostView())
  },
  random({ draw, n }) {
    const x = zeros([n])
    return () => void noGrad(() => draws[draw](x))
  },
}

manualSeed(0)
const { name, target, threads } = backendInfo()
await serve(`thinnet (${name}, ${target}, ${threads} threads)`, (request) => builders[request.kind](request))
