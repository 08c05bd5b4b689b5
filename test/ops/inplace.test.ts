import { describeOps } from '../support/op-spec.ts'
import { inplaceSpecs } from './specs/inplace.ts'

describeOps(inplaceSpecs)
