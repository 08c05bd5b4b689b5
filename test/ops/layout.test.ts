import { describeOps } from '../support/op-spec.ts'
import { joinSpecs } from './specs/join.ts'
import { layoutSpecs } from './specs/layout.ts'

describeOps([...layoutSpecs, ...joinSpecs])
