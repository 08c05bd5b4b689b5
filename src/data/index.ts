export { collate } from './collate.ts'
export { type Collated, type Dataset, Subset, TensorDataset } from './dataset.ts'
export { parseIdx } from './idx.ts'
export { ImageDataset, type ImageOptions } from './images.ts'
export { DataLoader, type DataLoaderOptions, type LoaderState } from './loader.ts'
export {
  fashionMnist,
  type ImageSetBytes,
  type ImageSplits,
  type MnistOptions,
  mnist,
  mnistFromBytes,
} from './mnist.ts'
export { readIdx } from './read-idx.ts'
export {
  RandomSampler,
  type RandomSamplerOptions,
  type Sampler,
  SequentialSampler,
  WeightedRandomSampler,
  type WeightedRandomSamplerOptions,
} from './samplers.ts'
export { type RandomSplitOptions, randomSplit } from './split.ts'
export * from './table/index.ts'
