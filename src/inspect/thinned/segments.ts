import type { ThinnedLayer } from './network.ts'
import type { BatchNormPart, DropPart, FeaturePart, LinearPart, MixingPart, Part } from './parts.ts'

/** A model's parts with what each of its dropout layers keeps. */
export interface Plan {
  readonly parts: readonly Part[]
  layerOf(part: DropPart): ThinnedLayer
}

/** A stretch of a model in which features stay the same ones: from where they are made to where they are read. */
export interface Segment {
  /** What makes the features; nothing for the inputs. */
  readonly source: LinearPart | MixingPart | undefined
  readonly parts: readonly (DropPart | FeaturePart | BatchNormPart)[]
  /** What reads them; nothing for the outputs. */
  readonly reader: LinearPart | MixingPart | undefined
  /** The features that no dropout layer of the segment drops, ascending; undefined if it has none. */
  readonly kept: readonly number[] | undefined
  /** Those that one drops. */
  readonly dropped: readonly number[]
}

/** The segments of a model, in the order of execution. */
export function segmentsOf({ parts, layerOf }: Plan): Segment[] {
  const segments: Segment[] = []
  let source: Segment['source']
  let inner: Segment['parts'][number][] = []
  const close = (reader: Segment['reader']) => {
    const layers = inner.flatMap((part) => (part.kind === 'drop' ? layerOf(part) : []))
    segments.push({ source, parts: inner, reader, ...commonTo(layers) })
    source = reader
    inner = []
  }
  for (const part of parts) {
    if (part.kind === 'linear' || part.kind === 'mixing') close(part)
    else inner.push(part)
  }
  close(undefined)
  return segments
}

/** True if what is dropped can be left out: a Linear reads it, whose columns can go. */
export const canLeaveOut = ({ reader }: Segment): boolean => reader?.kind === 'linear'

function commonTo(layers: readonly ThinnedLayer[]): Pick<Segment, 'kept' | 'dropped'> {
  const [first] = layers
  if (!first) return { kept: undefined, dropped: [] }
  const sets = layers.map(({ kept }) => new Set(kept))
  const isKept = (feature: number) => sets.every((set) => set.has(feature))
  const features = [...Array(first.size).keys()]
  return { kept: features.filter(isKept), dropped: features.filter((feature) => !isKept(feature)) }
}
