import { describeOps } from '../support/op-spec.ts'
import { choiceSpecs } from './specs/choice.ts'

describeOps(choiceSpecs)
