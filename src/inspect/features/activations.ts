// What the neurons of a model say.
import { fail } from '../../backend/errors.ts'
import { checkOptions, Module } from '../../module/index.ts'
import * as nn from '../../nn/index.ts'
import { Tensor } from '../../tensor/tensor.ts'
import { inEvaluation } from '../modes.ts'

/** Layers whose outputs are what neurons say. */
const activationLayers = [
  nn.ReLU,
  nn.LeakyReLU,
  nn.Sigmoid,
  nn.Tanh,
  nn.GELU,
  nn.SiLU,
  nn.Softplus,
  nn.ELU,
  nn.SELU,
] as const

/** Which layers to look at. */
export interface LayersOption {
  /** Names of modules, as `namedModules` has them: `1`, or `block.act`. Default: all layers of activations. */
  readonly layers?: readonly string[] | undefined
}

/** The modules that an option names, or all layers of activations. */
export function chosenLayers(where: string, model: Module, layers: LayersOption['layers']): Map<string, Module> {
  const all = new Map([...model.namedModules()].flatMap(([name, m]) => (m instanceof Module ? [[name, m]] : [])))
  if (layers) {
    return new Map(
      layers.map((name) => [
        name,
        all.get(name) ?? fail('TN_RANGE', where, `there is no layer ${name}, only ${[...all.keys()].join(', ')}`),
      ]),
    )
  }
  const found = [...all].filter(([, module]) => activationLayers.some((layer) => module instanceof layer))
  if (found.length > 0) return new Map(found)
  return fail('TN_STATE', where, 'the model has no layer of activations (nn.ReLU and its like); name { layers: [...] }')
}

/**
 * What chosen layers return for a batch, in evaluation and without recording, by the layers' names. A layer that runs
 * several times: what it returns last.
 *
 * @throws ThinnetError TN_RANGE for a name that no module has; TN_STATE if there is no layer of activations to choose.
 * @example activationsOf(model, x).get('1') // [N, neurons]
 */
export function activationsOf(model: Module, x: Tensor, options: LayersOption = {}): Map<string, Tensor> {
  checkOptions('activationsOf', options, ['layers'])
  const seen = new Map<string, Tensor>()
  const removers = [...chosenLayers('activationsOf', model, options.layers)].map(([name, module]) =>
    module.registerForwardHook((_module, _inputs, output) => {
      // A copy: a layer behind may change it in place.
      if (output instanceof Tensor) seen.set(name, output.detach().clone())
      return undefined
    }),
  )
  try {
    inEvaluation(model, () => model.call(x))
  } finally {
    for (const remove of removers) remove()
  }
  return seen
}

/** The shape of something that has a number for each unit, broadcast to a layer's output `[N, units, ...]`. */
export const unitShape = (output: Tensor): number[] => output.shape.map((size, dim) => (dim === 1 ? size : 1))
