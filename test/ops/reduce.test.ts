import { describeOps } from '../support/op-spec.ts'
import { reduceSpecs } from './specs/reduce.ts'
import { softmaxSpecs } from './specs/softmax.ts'

describeOps([...reduceSpecs, ...softmaxSpecs])
