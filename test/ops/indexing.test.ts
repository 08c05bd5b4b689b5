import { describeOps } from '../support/op-spec.ts'
import { indexSpecs } from './specs/index.ts'
import { indexingSpecs } from './specs/indexing.ts'

describeOps([...indexingSpecs, ...indexSpecs])
