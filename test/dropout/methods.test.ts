// The table of dropout methods, and that it has them all.
import { expect, test } from 'vitest'
import { NoiseLayer } from '../../src/dropout/layer.ts'
import { nn } from '../../src/index.ts'
import { describeMethods } from '../support/method-spec.ts'
import { bernoulliSpecs } from './specs/bernoulli.ts'
import { imageSpecs } from './specs/images.ts'
import { lossSpecs } from './specs/losses.ts'
import { pathSpecs } from './specs/paths.ts'
import { recurrentSpecs } from './specs/recurrent.ts'
import { sequenceSpecs } from './specs/sequences.ts'
import { weightSpecs } from './specs/weights.ts'

const specs = [
  ...bernoulliSpecs,
  ...weightSpecs,
  ...pathSpecs,
  ...sequenceSpecs,
  ...recurrentSpecs,
  ...imageSpecs,
  ...lossSpecs,
]

test('every layer that draws noise has a row', () => {
  const layers = Object.entries(nn).filter(
    ([, Class]) => typeof Class === 'function' && Class.prototype instanceof NoiseLayer,
  )
  expect([...new Set(specs.map(({ layer }) => layer))].sort()).toEqual(layers.map(([name]) => name).sort())
})

describeMethods(specs)
