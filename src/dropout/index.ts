export { Dropout, type DropoutFunctionOptions, type DropoutOptions, dropout } from './bernoulli.ts'
export { convertScaling, foldScaling, type ScaleAware } from './fold.ts'
export type { Scaling } from './scaling.ts'
