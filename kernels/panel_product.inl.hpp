// The product of thinned layers, forward and for the gradient of the inputs: out[o] = sum over kept i of W(o, i) * x[i] for
// each kept o, sixteen examples at a time. Weights are broadcast from where they stand: choosing neurons is addressing.
#pragma once
#include "loops.inl.hpp"
#include "panel.inl.hpp"

namespace thinnet::TARGET::panel_detail {

using gemm_detail::kTileRows;
using gemm_detail::kTileVectors;

// Input neurons of a block: the panels of those that are kept stay in L1 and L2. Narrow vectors take fewer examples at once.
constexpr Size kDepth = THINNET_VECTOR_BYTES == 16 ? 1024 : 384;
constexpr Size kChunk = 64;        // output neurons (dropped ones included) of a task at most, whose weights stay in L2
constexpr Size kPrefetchRows = 12; // how far ahead weights are fetched where inner neurons are far apart

// Where a tile takes its weights: straight from the matrix, from it while packing them as [inner][row], or packed.
enum class Source { kMatrix, kMatrixAndPack, kPacked };

template <class T> struct Weights {
  const T* row[kTileRows];        // of the matrix: the weights of output neuron i are row[i][inner[k]]
  const std::int32_t* inner;
  T* packed;
};

// out[i][v] (+)= sum over k of weight(i, k) * x[k][v]: rows 16 apart, vectors `outStep` apart; x likewise.
template <class T, Size Rows, Size Vectors, Source source>
__attribute__((noinline)) void panelTile(Size depth, const Weights<T>& weights, const T* x, Size xStep, T* out, Size outStep, bool add, bool farApart) {
  Vec<T> sum[Rows][Vectors];
  THINNET_UNROLL for (Size i = 0; i < Rows; ++i) {
    THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) sum[i][v] = add ? load(out + i * kPanel + v * outStep) : Vec<T>{};
  }
  const T* row[Rows];
  THINNET_UNROLL for (Size i = 0; i < Rows; ++i) row[i] = weights.row[i];
  const std::int32_t* inner = weights.inner;
  T* packed = weights.packed;
  const auto step = [&](Size k) __attribute__((always_inline)) {
    Vec<T> b[Vectors];
    THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) b[v] = load(x + k * kPanel + v * xStep);
    if constexpr (source == Source::kPacked) {
      THINNET_UNROLL for (Size i = 0; i < Rows; ++i) {
        const Vec<T> a = splat(packed[k * Rows + i]);
        THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) sum[i][v] = fma(a, b[v], sum[i][v]);
      }
    } else {
      const Size at = inner[k];
      THINNET_UNROLL for (Size i = 0; i < Rows; ++i) {
        const Vec<T> a = splat(row[i][at]);
        if constexpr (source == Source::kMatrixAndPack) __builtin_memcpy(packed + k * Rows + i, row[i] + at, sizeof(T));
        THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) sum[i][v] = fma(a, b[v], sum[i][v]);
      }
    }
  };
  Size k = 0;
  if (source != Source::kPacked && farApart) {
    for (; k + kPrefetchRows < depth; ++k) {
      const Size ahead = inner[k + kPrefetchRows];
      __builtin_prefetch(row[0] + ahead);
      __builtin_prefetch(row[Rows - 1] + ahead);
      step(k);
    }
  }
  for (; k < depth; ++k) step(k);
  THINNET_UNROLL for (Size i = 0; i < Rows; ++i) {
    THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) store(out + i * kPanel + v * outStep, sum[i][v]);
  }
}

template <class T> using PanelTile = void (*)(Size, const Weights<T>&, const T*, Size, T*, Size, bool, bool);

// The tiles of 1 ... kTileRows rows.
template <class T, Size Vectors, Source source> struct PanelTiles {
  PanelTile<T> of[kTileRows + 1] = {};
  constexpr PanelTiles() { fill<1>(); }
  template <Size Rows> constexpr void fill() {
    of[Rows] = &panelTile<T, Rows, Vectors, source>;
    if constexpr (Rows < kTileRows) fill<Rows + 1>();
  }
};

template <class T> PanelTile<T> tileFor(Size rows, Size vectors, Source source) {
  static constexpr PanelTiles<T, kTileVectors, Source::kMatrix> fromMatrix;
  static constexpr PanelTiles<T, kTileVectors, Source::kMatrixAndPack> packing;
  static constexpr PanelTiles<T, kTileVectors, Source::kPacked> packed;
  if constexpr (kPanelVectors<T> < kTileVectors) {
    static constexpr PanelTiles<T, kPanelVectors<T>, Source::kMatrix> narrowFromMatrix;
    static constexpr PanelTiles<T, kPanelVectors<T>, Source::kPacked> narrowPacked;
    if (vectors < kTileVectors) return (source == Source::kPacked ? narrowPacked.of : narrowFromMatrix.of)[rows];
  }
  return (source == Source::kMatrix ? fromMatrix.of : source == Source::kPacked ? packed.of : packing.of)[rows];
}

template <class T> struct Layer {
  const T* weight;
  Size outStep, inStep; // between the weights of neighbouring output and input neurons
  const T* bias;
  bool relu;
  T scale;
  Selection in, out;
};

// out = scale * activation(out + bias) for the rows of one tile.
template <class T> void finish(const Layer<T>& layer, const std::int32_t* neuron, Size row, Size rows, Size vectors, T* out, Size outStep) {
  for (Size i = 0; i < rows; ++i) {
    const Vec<T> bias = splat(layer.bias ? layer.bias[neuron ? neuron[row + i] : row + i] : T(0));
    for (Size v = 0; v < vectors; ++v) {
      T* at = out + i * kPanel + v * outStep;
      Vec<T> x = load(at) + bias;
      if (layer.relu) x = x <= Vec<T>{} ? Vec<T>{} : x; // keeps NaN
      store(at, x * layer.scale);
    }
  }
}

// A block of the weights: these input neurons of a task's output neurons, dropped ones included.
struct WeightBlock {
  Size in, inEnd, out, outEnd;
  bool first, last; // of the blocks of inputs
};

// What one segment has of a block: example panels times weights, added to what earlier blocks gave.
template <class T> void productOf(const Layer<T>& layer, const Segment& segment, const WeightBlock& block, const T* x, T* out, T* packed) {
  const Size kept = layer.in.count(segment.inGroup), outKept = layer.out.count(segment.outGroup);
  const Size k0 = layer.in.before(segment.inGroup, block.in), depth = layer.in.before(segment.inGroup, block.inEnd) - k0;
  const Size row0 = layer.out.before(segment.outGroup, block.out), rows = layer.out.before(segment.outGroup, block.outEnd) - row0;
  const std::int32_t *inList = layer.in.list(segment.inGroup), *outList = layer.out.list(segment.outGroup);
  const Size vectors = segment.panels() * kPanelVectors<T>;
  const Size tiles = divUp(rows, kTileRows);
  // Vectors of one tile: neighbours in a panel, or (where one vector is a panel) in neighbouring panels.
  constexpr bool across = kPanelVectors<T> < kTileVectors;
  const Size xStep = across ? kept * kPanel : kLanes<T>, outStep = across ? outKept * kPanel : kLanes<T>;
  std::int32_t inner[kDepth];
  for (Size k = 0; k < depth; ++k) inner[k] = static_cast<std::int32_t>((inList ? inList[k0 + k] : k0 + k) * layer.inStep);

  for (Size v = 0; v < vectors; v += kTileVectors) {
    const Size width = minOf(kTileVectors, vectors - v);
    const Size panel = v / kPanelVectors<T>, within = v % kPanelVectors<T> * kLanes<T>;
    const T* from = x + (panel * kept + k0) * kPanel + within;
    const Source source = vectors <= kTileVectors ? Source::kMatrix : v == 0 ? Source::kMatrixAndPack : Source::kPacked;
    Weights<T> weights;
    weights.inner = inner;
    weights.packed = packed;
    for (Size t = 0; t < tiles; ++t) {
      const Size begin = row0 + rows * t / tiles, count = row0 + rows * (t + 1) / tiles - begin;
      for (Size i = 0; i < kTileRows; ++i) {
        const Size row = begin + minOf(i, count - 1);
        weights.row[i] = layer.weight + (outList ? outList[row] : row) * layer.outStep;
      }
      T* to = out + (panel * outKept + begin) * kPanel + within;
      tileFor<T>(count, width, source)(depth, weights, from, xStep, to, outStep, !block.first, layer.inStep != 1);
      weights.packed += count * depth;
      if (block.last) finish(layer, outList, begin, count, width, to, outStep);
    }
  }
}

template <class T> void product(const Layer<T>& layer, const Segments& segments, const T* x, T* out) {
  double work = 0;
  eachSegment(segments, layer.in, layer.out, [&](const Segment& segment, Size, Size) {
    work += 2.0 * static_cast<double>(segment.panels() * kPanel) * static_cast<double>(layer.in.count(segment.inGroup)) * static_cast<double>(layer.out.count(segment.outGroup));
  });
  const int threads = work < 2e6 ? 1 : threadCount();
  const Pieces chunks = Pieces::of(layer.out.neurons, kChunk, kChunk / 2, threads);
  const Size blocks = maxOf(1, divUp(layer.in.neurons, kDepth)), blockSize = divUp(layer.in.neurons, blocks);
  // All segments pass by one block of the weights while it is in L2.
  const auto task = [&](Size number, int thread) {
    const Size begin = chunks.begin(number), end = chunks.end(number);
    for (Size b = 0; b < blocks; ++b) {
      const WeightBlock block{b * blockSize, minOf(layer.in.neurons, (b + 1) * blockSize), begin, end, b == 0, b + 1 == blocks};
      eachSegment(segments, layer.in, layer.out, [&](const Segment& segment, Size inOffset, Size outOffset) {
        productOf(layer, segment, block, x + inOffset, out + outOffset, static_cast<T*>(threadScratch(thread)));
      });
    }
  };
  if (threads == 1) {
    for (Size number = 0; number < chunks.count; ++number) task(number, 0);
  } else {
    parallel(chunks.count, task);
  }
}

} // namespace thinnet::TARGET::panel_detail
