import { canLeaveOut, type Plan, segmentsOf } from './segments.ts'

/** What a network takes. */
export interface Cost {
  /** Numbers to learn. */
  readonly parameters: number
  /** Multiplications, each with its addition, in the products of one forward pass over one example. */
  readonly multiplyAdds: number
}

/** Counts a network without the neurons that were dropped. */
export function costOf(plan: Plan): Cost {
  let parameters = 0
  let multiplyAdds = 0
  const segments = segmentsOf(plan)
  for (const [i, segment] of segments.entries()) {
    const { source, kept } = segment
    for (const part of segment.parts) {
      if (part.kind === 'drop') continue
      for (const parameter of part.module.parameters()) {
        parameters += kept && canLeaveOut(segment) ? kept.length : parameter.numel
      }
    }
    if (source?.kind === 'mixing') for (const parameter of source.module.parameters()) parameters += parameter.numel
    if (source?.kind !== 'linear') continue
    const { inFeatures, outFeatures, bias } = source.module
    const columns = segments[i - 1]?.kept?.length ?? inFeatures
    const rows = kept && canLeaveOut(segment) ? kept.length : outFeatures
    parameters += rows * columns + (bias ? rows : 0)
    multiplyAdds += rows * columns
  }
  return { parameters, multiplyAdds }
}
