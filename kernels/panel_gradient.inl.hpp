// The gradient of a thinned layer's weights, and stochastic gradient descent with it: block of rows by block of rows, so
// that no gradient of the whole matrix need exist. Each segment's compact product stays in L2 until it is spread to the
// neurons that it belongs to.
#pragma once
#include "denormals.hpp"
#include "dropout.inl.hpp"
#include "optimizer.inl.hpp"
#include "panel_product.inl.hpp"

namespace thinnet::TARGET::panel_detail {

// out[i][v] = sum over examples of g(i, example) * x[example][v]; g in example panels, x in neuron panels.
template <class T, Size Rows, Size Vectors>
__attribute__((noinline)) void gradientTile(Size examples, const T* g, Size gPanel, const T* x, Size xStep, T* out, Size outRow, const char* ahead) {
  Vec<T> sum[Rows][Vectors] = {};
  const auto step = [&](const T* column, const T* lanes) __attribute__((always_inline)) {
    Vec<T> b[Vectors];
    THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) b[v] = load(lanes + v * xStep);
    THINNET_UNROLL for (Size i = 0; i < Rows; ++i) {
      const Vec<T> a = splat(column[i * kPanel]);
      THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) sum[i][v] = fma(a, b[v], sum[i][v]);
    }
  };
  for (Size first = 0; first < examples; first += kPanel) {
    const T* panel = g + first / kPanel * gPanel;
    const Size count = minOf(kPanel, examples - first);
    for (Size e = 0; e < count; ++e) {
      __builtin_prefetch(ahead + (first + e) * 64, 0, 2);
      step(panel + e, x + (first + e) * kPanel);
    }
  }
  THINNET_UNROLL for (Size i = 0; i < Rows; ++i) {
    THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) store(out + i * outRow + v * kLanes<T>, sum[i][v]);
  }
}

template <class T> using GradientTile = void (*)(Size, const T*, Size, const T*, Size, T*, Size, const char*);
template <class T, Size Vectors> struct GradientTiles {
  GradientTile<T> of[kTileRows + 1] = {};
  constexpr GradientTiles() { fill<1>(); }
  template <Size Rows> constexpr void fill() {
    of[Rows] = &gradientTile<T, Rows, Vectors>;
    if constexpr (Rows < kTileRows) fill<Rows + 1>();
  }
};
template <class T> GradientTile<T> gradientTileFor(Size rows, Size vectors) {
  static constexpr GradientTiles<T, kTileVectors> wide;
  if constexpr (kPanelVectors<T> < kTileVectors) {
    static constexpr GradientTiles<T, kPanelVectors<T>> narrow;
    if (vectors < kTileVectors) return narrow.of[rows];
  }
  return wide.of[rows];
}

// The factors of a weight's gradient: dW[o, i] = sum over examples of g[o] * x[i], for what their segment keeps.
template <class T> struct Factors {
  const T* g; // example panels of the outputs' gradient
  const T* x; // neuron panels of the inputs
  Segments segments;
  Selection in, out;
};

// One segment's part of a block of rows: its compact rows in the scratch, and where their values belong.
template <class T> struct Part {
  const T* values;
  Size rowStep, inGroup, outGroup;
};

constexpr Size kBlockBytes = Size{640} << 10; // compact products of one block of rows
constexpr Size kMostParts = 1024;             // segments that a block of rows can have parts of

// Rows of the matrix to a task at most: as many as the scratch of compact products allows. One always fits: layers that are
// too wide for that are computed densely.
template <class T> Size blockRows(const Factors<T>& factors) {
  Size width = 0;
  for (Size s = 0; s < factors.segments.count; ++s) width += divUp(factors.in.count(factors.segments[s].inGroup), kPanel) * kPanel;
  Size rows = 32;
  while (rows > 1 && rows * width * static_cast<Size>(sizeof(T)) > kBlockBytes) rows /= 2;
  return rows;
}

// What a block of rows is about to change: stretches of memory that products fetch while they compute, a line an example.
struct Fetched {
  const char* next;
  Size bytes;
  const char* after; // a second stretch of the same length; null: none
  Size afterBytes;

  const char* take(Size lines) {
    const char* from = next;
    const Size step = minOf(bytes, lines * 64);
    next += step;
    bytes -= step;
    if (bytes == 0 && after) {
      next = after;
      bytes = afterBytes;
      after = nullptr;
    }
    return from;
  }
};

// Computes the compact products of rows [row0, row1) of all segments; returns how many segments have a part.
template <class T> Size blockParts(const Factors<T>& factors, Size row0, Size row1, T* scratch, Part<T>* parts, Fetched fetched) {
  Size found = 0, xOffset = 0;
  eachSegment(factors.segments, factors.in, factors.out, [&](const Segment& segment, Size, Size gOffset) {
    const Size kept = factors.in.count(segment.inGroup), outKept = factors.out.count(segment.outGroup);
    const Size blocks = divUp(kept, kPanel), width = blocks * kPanel;
    const Size first = factors.out.before(segment.outGroup, row0), rows = factors.out.before(segment.outGroup, row1) - first;
    const T* values = factors.x + xOffset;
    xOffset += blocks * segment.count * kPanel;
    if (rows == 0 || kept == 0) return;
    const Size vectors = blocks * kPanelVectors<T>;
    constexpr bool across = kPanelVectors<T> < kTileVectors;
    const Size xStep = across ? segment.count * kPanel : kLanes<T>;
    const Size tiles = divUp(rows, kTileRows);
    for (Size t = 0; t < tiles; ++t) {
      const Size begin = rows * t / tiles, count = rows * (t + 1) / tiles - begin;
      const T* g = factors.g + gOffset + (first + begin) * kPanel;
      for (Size v = 0; v < vectors; v += kTileVectors) {
        const T* x = values + v / kPanelVectors<T> * segment.count * kPanel + v % kPanelVectors<T> * kLanes<T>;
        gradientTileFor<T>(count, minOf(kTileVectors, vectors - v))(segment.count, g, outKept * kPanel, x, xStep, scratch + begin * width + v * kLanes<T>, width, fetched.take(segment.count));
      }
    }
    parts[found++] = {scratch, width, segment.inGroup, segment.outGroup};
    scratch += rows * width;
  });
  return found;
}

// A row of one part: its values, and for each block of 16 neurons which they belong to and how many went before.
template <class T> struct PartRow {
  const T* values;
  const std::int32_t *words, *starts;
};

// Calls sink(row, its parts, how many) for each row of the matrix, a block of rows to a task.
template <class T, class Sink> void eachGradientRow(const Factors<T>& factors, const T* fetched0, const T* fetched1, const Sink& sink) {
  const Size most = blockRows(factors);
  const Pieces blocks = Pieces::of(factors.out.neurons, most, maxOf(1, most / 2), threadCount());
  const Selection &in = factors.in, &out = factors.out;
  parallel(blocks.count, [&](Size number, int thread) {
    Part<T> parts[kMostParts];
    PartRow<T> rows[kMostParts];
    const Size row0 = blocks.begin(number), row1 = blocks.end(number);
    T* scratch = static_cast<T*>(threadScratch(thread));
    const auto address = [&](const T* base) { return reinterpret_cast<const char*>(base + row0 * in.neurons); };
    const Size bytes = (row1 - row0) * in.neurons * static_cast<Size>(sizeof(T));
    // Where nothing is about to change, products fetch what they write anyway.
    Fetched fetched{reinterpret_cast<const char*>(scratch), 0, nullptr, 0};
    if (fetched0) fetched = {address(fetched0), bytes, fetched1 ? address(fetched1) : nullptr, bytes};
    const Size found = blockParts(factors, row0, row1, scratch, parts, fetched);
    for (Size row = row0; row < row1; ++row) {
      Size count = 0;
      for (Size p = 0; p < found; ++p) {
        if (!(out.word(parts[p].outGroup, row / kPanel) >> (row % kPanel) & 1)) continue;
        const Size from = parts[p].inGroup * in.blocks;
        rows[count++] = {parts[p].values, in.words ? in.words + from : nullptr, in.starts ? in.starts + from : nullptr};
        parts[p].values += parts[p].rowStep;
      }
      sink(row, rows, count);
    }
  });
}

// The gradient of one block of 16 neurons: the sum of what a row's parts have for it, and which of the neurons some part has.
template <class T> struct BlockGradient {
  Vec<T> sum[kPanelVectors<T>] = {};
  unsigned touched = 0;
};

// Of `count` parts, or of Count where that is known (not 0). All: each part has all neurons.
template <class T, Size Count, bool All> THINNET_INLINE BlockGradient<T> blockGradient(const PartRow<T>* rows, Size count, Size block) {
  BlockGradient<T> gradient;
  const auto add = [&](const PartRow<T>& part) __attribute__((always_inline)) {
    if constexpr (All) {
      gradient.touched = 0xffff;
      THINNET_UNROLL for (Size v = 0; v < kPanelVectors<T>; ++v) gradient.sum[v] += load(part.values + block * kPanel + v * kLanes<T>);
    } else {
      const T* from = part.values + part.starts[block];
      unsigned bits = static_cast<unsigned>(part.words[block]);
      gradient.touched |= bits;
      THINNET_UNROLL for (Size v = 0; v < kPanelVectors<T>; ++v) {
        gradient.sum[v] += expand(from, bits & laneBits<T>);
        if constexpr (kPanelVectors<T> > 1) {
          from += __builtin_popcount(bits & laneBits<T>);
          bits >>= kLanes<T>;
        }
      }
    }
  };
  if constexpr (Count > 0) {
    THINNET_UNROLL for (Size p = 0; p < Count; ++p) add(rows[p]);
  } else {
    for (Size p = 0; p < count; ++p) add(rows[p]);
  }
  return gradient;
}

// Calls body(first neuron, gradient, how many lanes exist, bits of the lanes that some part has) for each vector of a row.
template <class T, Size Count, bool All, class Body> THINNET_INLINE void eachGradientVectorOf(Size neurons, const PartRow<T>* rows, Size count, const Body& body) {
  PartRow<T> own[maxOf(1, Count)];
  for (Size p = 0; p < Count; ++p) own[p] = rows[p];
  const auto bitsOf = [](const BlockGradient<T>& gradient, Size v) { return gradient.touched >> (v * kLanes<T>) & laneBits<T>; };
  Size block = 0;
  for (; (block + 1) * kPanel <= neurons; ++block) {
    const BlockGradient<T> gradient = blockGradient<T, Count, All>(Count > 0 ? own : rows, count, block);
    THINNET_UNROLL for (Size v = 0; v < kPanelVectors<T>; ++v) body(block * kPanel + v * kLanes<T>, gradient.sum[v], kLanes<T>, bitsOf(gradient, v));
  }
  if (block * kPanel == neurons) return;
  const BlockGradient<T> gradient = blockGradient<T, 0, All>(rows, count, block);
  for (Size v = 0, at = block * kPanel; at < neurons; ++v, at += kLanes<T>) body(at, gradient.sum[v], minOf(kLanes<T>, neurons - at), bitsOf(gradient, v));
}

// Parts up to which a row has a loop of its own: several where expanding a vector takes few instructions, so that a loop over
// the parts would cost as much.
template <class T> constexpr Size kUnrolledParts = THINNET_VECTOR_BYTES >= 32 && sizeof(T) == 4 ? 6 : 1;

// As eachGradientVectorOf, for any number of parts.
template <class T, bool All, Size Count = 1, class Body> THINNET_INLINE void eachGradientVector(Size neurons, const PartRow<T>* rows, Size count, const Body& body) {
  if (count == Count) return eachGradientVectorOf<T, Count, All>(neurons, rows, count, body);
  if constexpr (Count < kUnrolledParts<T>) eachGradientVector<T, All, Count + 1>(neurons, rows, count, body);
  else eachGradientVectorOf<T, 0, All>(neurons, rows, count, body);
}
template <class T, class Body> THINNET_INLINE void eachGradientVector(const Selection& in, const PartRow<T>* rows, Size count, const Body& body) {
  if (in.words) eachGradientVector<T, false>(in.neurons, rows, count, body);
  else eachGradientVector<T, true>(in.neurons, rows, count, body);
}

template <class T> void gradient(T* out, const Factors<T>& factors) {
  eachGradientRow<T>(factors, nullptr, nullptr, [&](Size row, const PartRow<T>* rows, Size count) {
    T* to = out + row * factors.in.neurons;
    eachGradientVector(factors.in, rows, count, [to](Size at, Vec<T> g, Size lanes, unsigned) __attribute__((always_inline)) { storeFirst(to + at, g, lanes); });
  });
}

// A descent along the gradient, as part of the block that computes it.
template <class T> struct Descent {
  optimizer_detail::SgdRule<T> rule;
  double limit; // of the rows' norms; 0: none
  bool rest;    // weights that no segment touched stay as they are, momentum too
};

// One row of weights w and of their momentum m (null: none).
template <class T> THINNET_INLINE void descendRow(T* w, T* m, const Selection& in, const PartRow<T>* rows, Size count, optimizer_detail::SgdRule<T> rule, bool rest) {
  eachGradientVector(in, rows, count, [=](Size at, Vec<T> g, Size lanes, unsigned touched) __attribute__((always_inline)) {
    const Vec<T> before = m ? loadFirst(m + at, lanes) : Vec<T>{}, old = loadFirst(w + at, lanes);
    Vec<T> buffer = before, updated = rule.update(old, g, m ? &buffer : nullptr);
    if (rest) {
      updated = dropout_detail::lanesOf<T>(touched) ? updated : old;
      buffer = dropout_detail::lanesOf<T>(touched) ? buffer : before;
    }
    storeFirst(w + at, updated, lanes);
    if (m) storeFirst(m + at, buffer, lanes);
  });
}

template <class T> void descend(T* weight, T* momentum, const Factors<T>& factors, const Descent<T>& descent) {
  const Size columns = factors.in.neurons;
  const optimizer_detail::SgdRule<T>& rule = descent.rule;
  eachGradientRow<T>(factors, weight, momentum, [&](Size row, const PartRow<T>* rows, Size count) {
    const FlushDenormals mode(true); // the momentum of neurons that have died would make a step several times slower
    if (descent.rest && count == 0) return;
    T* w = weight + row * columns;
    T* m = momentum ? momentum + row * columns : nullptr;
    // The most usual rule in constants, so that its loops have no branches.
    if (m && rule.isMomentumAlone() && !descent.rest) descendRow(w, m, factors.in, rows, count, {rule.lr, 0, rule.momentum, 1, false, false, false}, false);
    else descendRow(w, m, factors.in, rows, count, rule, descent.rest);
    if (descent.limit > 0) optimizer_detail::limitRow(w, columns, descent.limit);
  });
}

// touched[o, i] = 1 where some segment keeps both neurons, else as it was.
inline void touch(std::uint8_t* touched, const Segments& segments, const Selection& in, const Selection& out) {
  for (Size s = 0; s < segments.count; ++s) {
    const Segment segment = segments[s];
    const std::int32_t *rows = out.list(segment.outGroup), *columns = in.list(segment.inGroup);
    for (Size r = 0; r < out.count(segment.outGroup); ++r) {
      std::uint8_t* row = touched + (rows ? rows[r] : r) * in.neurons;
      for (Size c = 0; c < in.count(segment.inGroup); ++c) row[columns ? columns[c] : c] = 1;
    }
  }
}

} // namespace thinnet::TARGET::panel_detail
