// thinnet itself, through its public entry. THINNET_THREADS and THINNET_BACKEND come from the environment.
import {
  backendInfo,
  functional as F,
  foldScaling,
  manualSeed,
  matmul,
  noGrad,
  rand,
  randperm,
  setFlushDenormal,
  zeros,
} from 'thinnet'
import { serve } from '../serve.mjs'
import { mlp } from './models.mjs'
import { profile } from './profile.mjs'
import { step } from './steps.mjs'
import { accuracy, epoch, memory } from './training.mjs'

/** The four products that training a linear layer is made of, [m, k] by [k, n]. */
const products = {
  plain: ({ m, k, n }) => [rand([m, k]), rand([k, n])],
  forward: ({ m, k, n }) => [rand([m, k]), rand([n, k]).T], // x · Wᵀ
  inputGradient: ({ m, k, n }) => [rand([m, k]), rand([k, n])], // dy · W
  weightGradient: ({ m, k, n }) => [rand([k, m]).T, rand([k, n])], // dyᵀ · x
}

/** Random numbers by PyTorch's names: each fills a tensor, or makes one where there is no in-place form. */
const draws = {
  uniform_: (x) => x.uniform_(),
  normal_: (x) => x.normal_(),
  'normal_(1, 2)': (x) => x.normal_(1, 2),
  'bernoulli_(0.5)': (x) => x.bernoulli_(0.5),
  'dropout(x, 0.5)': (x) => F.dropout(x, 0.5),
  randperm: (x) => randperm(x.numel),
}

const builders = {
  product(request) {
    const [a, b] = products[request.form](request)
    return () => void noGrad(() => matmul(a, b).hostView())
  },
  step,
  epoch,
  memory,
  accuracy,
  profile,
  latency(request) {
    const model = mlp(request)
    if (request.fold) foldScaling(model)
    model.eval()
    const x = rand([1, request.sizes[0]])
    return () => void noGrad(() => model.call(x).hostView())
  },
  random({ draw, n }) {
    const x = zeros([n])
    return () => void noGrad(() => draws[draw](x).hostView()) // computed, not only planned
  },
}

const seeded = (build) => (request) => {
  setFlushDenormal(true) // as torch_peer.py
  manualSeed(0) // each case from the same start, as its peers
  return build(request)
}

const { name, target } = backendInfo()
await serve(
  `thinnet (${name}, ${target})`,
  Object.fromEntries(Object.entries(builders).map(([kind, build]) => [kind, seeded(build)])),
)
