import { describeOps } from '../support/op-spec.ts'
import { embeddingSpecs } from './specs/embedding.ts'
import { indexSpecs } from './specs/index.ts'
import { indexingSpecs } from './specs/indexing.ts'

describeOps([...indexingSpecs, ...indexSpecs, ...embeddingSpecs])
