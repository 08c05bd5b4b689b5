import { describeOps } from '../support/op-spec.ts'
import { activationSpecs } from './specs/activation.ts'
import { unarySpecs } from './specs/unary.ts'

describeOps([...unarySpecs, ...activationSpecs])
