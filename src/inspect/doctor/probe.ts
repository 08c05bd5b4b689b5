// A model that is asked twice in evaluation must answer the same.
import { type AnyModule, Module, Sequential, stepsOf } from '../../module/index.ts'
import * as nn from '../../nn/index.ts'
import { Generator, randn } from '../../random/index.ts'
import { Tensor } from '../../tensor/tensor.ts'
import { drawingFrom, inEvaluation } from '../modes.ts'

/** An input that a model of Linear layers takes, if it is one. */
export function guessedExample(model: AnyModule): Tensor | undefined {
  const steps = model instanceof Sequential ? [...stepsOf(model)] : []
  const first = steps.find(({ module }) => module instanceof nn.Linear || [...module.parameters()].length > 0)?.module
  if (!(first instanceof nn.Linear)) return undefined
  return randn([4, first.inFeatures], { dtype: first.weight.dtype, generator: new Generator() })
}

/**
 * The name of the module that draws random numbers in evaluation: the first to finish with other outputs from the same
 * inputs. Undefined if the model answers the same. Takes nothing from anybody's generator.
 */
export function findDrawInEvaluation(model: Module, x: Tensor): string | undefined {
  return drawingFrom(new Generator(), () => {
    const [first, second] = [callsOf(model, x), callsOf(model, x)]
    const draws = first.find(({ inputs, outputs }, i) => {
      const again = second[i]
      return again && sameNumbers(inputs, again.inputs) && !sameNumbers(outputs, again.outputs)
    })
    return draws && (draws.name === '' ? model.constructor.name : draws.name)
  })
}

interface Call {
  readonly name: string
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/** What each module is given and returns, in the order in which they finish. */
function callsOf(model: Module, x: Tensor): Call[] {
  const calls: Call[] = []
  const removers = [...model.namedModules()].flatMap(([name, module]) =>
    module instanceof Module
      ? module.registerForwardHook((_module, inputs: readonly unknown[], output: unknown) => {
          calls.push({ name, inputs: inputs.flatMap(numbersOf), outputs: numbersOf(output) })
          return undefined
        })
      : [],
  )
  try {
    inEvaluation(model, () => model.call(x))
  } finally {
    for (const remove of removers) remove()
  }
  return calls
}

const numbersOf = (value: unknown): number[] => (value instanceof Tensor ? Array.from(value.toArray()) : [])

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]))
