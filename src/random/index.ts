export {
  bernoulli,
  normal,
  type RandomOptions,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
} from './distributions.ts'
export { bernoulli_, exponential_, type GeneratorOption, normal_, random_, uniform_ } from './fill.ts'
export { defaultGenerator, Generator, manualSeed } from './generator.ts'
export { type MultinomialOptions, multinomial } from './multinomial.ts'
