import { describeOps } from '../support/op-spec.ts'
import { matmulSpecs } from './specs/matmul.ts'

describeOps(matmulSpecs)
