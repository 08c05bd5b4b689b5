// The matrix product, with what surrounds it in a layer: choice of rows and columns, bias, ReLU, dropout mask.
//
// One operand, the smaller if nothing else speaks, is packed as a whole into panels as wide as a tile (`kPanelLanes`), its
// vector lanes side by side. The other is cut into strips of `kTileRows` rows, packed strip by strip by the task that needs
// them, and its elements are broadcast. If A is the panel operand, tiles come out transposed and are turned as they leave.
// Choosing neurons is choosing addresses while packing, so one kernel serves dense and thinned layers, forward and back.
//
// Work is cut by shape alone, and every sum runs over k in ascending order in blocks of `kBlock`: results do not depend
// on the number of threads.
#pragma once
#include "gemm_pack.inl.hpp"

namespace thinnet::TARGET::gemm_detail {

constexpr Size kBlockLimit = 384;        // inner indices per block: a panel's block stays in L1 or L2
constexpr Size kStripPadding = 16;       // keeps the rows of a packed strip off each other's cache sets
constexpr Size kChunkStrips = 4;         // strips per task, sharing each panel they read
constexpr Size kPanelBytes = kScratchBytes / 2;
constexpr Size kTasksWanted = 32;        // enough for 16 threads to share evenly
constexpr double kTaskFlops = 2e6;       // do not cut tasks smaller
constexpr double kSerialFlops = 1e6;     // not worth waking another thread

// What happens to a finished sum on its way into C.
template <class T> struct Output {
  T* c;
  Size row, columns;
  T alpha;
  bool accumulate;
  const T* bias;
  bool relu;
  const std::uint8_t* mask;
  Size maskOffset; // in bits
  T scale;

  bool plain() const { return alpha == T(1) && !bias && !relu && !mask && scale == T(1); }

  // Row i, columns [j, j + count), from values that lie contiguous. The first contribution replaces C unless `accumulate`;
  // the last one passes through the epilogue.
  void write(Size i, Size j, Size count, const T* values, bool first, bool last) const {
    T* at = c + i * row + j;
    const bool add = accumulate || !first;
    const Size lanes = kLanes<T>;
    Size q = 0;
    for (; q + lanes <= count; q += lanes) {
      Vec<T> x = load(values + q) * splat(alpha);
      if (add) x += load(at + q);
      if (last) {
        x = epilogue(x, bias ? load(bias + j + q) : Vec<T>{});
        if (mask) x = drop(x, i, j + q, lanes);
      }
      store(at + q, x);
    }
    if (q < count) {
      const Size rest = count - q;
      Vec<T> x = loadFirst(values + q, rest) * splat(alpha);
      if (add) x += loadFirst(at + q, rest);
      if (last) {
        x = epilogue(x, bias ? loadFirst(bias + j + q, rest) : Vec<T>{});
        if (mask) x = drop(x, i, j + q, rest);
      }
      storeFirst(at + q, x, rest);
    }
  }

  THINNET_INLINE Vec<T> epilogue(Vec<T> x, Vec<T> b) const {
    if (bias) x += b;
    if (relu) x = x <= Vec<T>{} ? Vec<T>{} : x; // keeps NaN
    return x * splat(scale);
  }

  // Zeros the lanes whose mask bit is clear; reads no byte beyond the bits of `count` lanes.
  THINNET_INLINE Vec<T> drop(Vec<T> x, Size i, Size j, Size count) const {
    const Size bit = maskOffset + i * columns + j;
    const std::uint8_t* from = mask + bit / 8;
    const Size bytes = (bit % 8 + count + 7) / 8;
    unsigned bits = 0;
    for (Size b = 0; b < bytes; ++b) bits |= static_cast<unsigned>(from[b]) << (8 * b);
    bits >>= bit % 8;
    Vec<T> kept{};
    for (Size lane = 0; lane < kLanes<T>; ++lane) kept[lane] = bits >> lane & 1 ? x[lane] : T(0);
    return kept;
  }
};

// One product of a batch: which operand plays which part, and how it is cut.
template <class T> struct Product {
  Operand<T> panelSide, stripSide;
  bool transposed; // the panel side is A
  Size lanes, rows, k;
  Output<T> output;

  Size kBlock, kBlocks, blocksPerPhase; // a phase is what fits the panel buffer
  Size panels, panelsPerPhase;
  Size strips;
  Size chunkStrips, chunkPanels; // of one task

  void plan() {
    constexpr Size width = kPanelLanes<T>;
    constexpr Size size = sizeof(T);
    kBlocks = maxOf(1, divUp(k, kBlockLimit));
    kBlock = divUp(divUp(k, kBlocks), 16) * 16;
    kBlocks = maxOf(1, divUp(k, maxOf(kBlock, 1)));
    panels = divUp(lanes, width);
    strips = divUp(rows, kTileRows);
    const Size sliceBytes = maxOf(1, kBlock) * width * size;
    panelsPerPhase = minOf(panels, kPanelBytes / sliceBytes);
    blocksPerPhase = minOf(kBlocks, kPanelBytes / (sliceBytes * panelsPerPhase));
    chunkStrips = minOf(strips, kChunkStrips);
    // Tiles of a task wait in its scratch: they and the strips must fit the half that panels leave.
    const Size stripBytes = kChunkStrips * kTileRows * (kBlockLimit + kStripPadding) * size;
    const Size tileBytes = kChunkStrips * kTileRows * width * size;
    chunkPanels = minOf(panelsPerPhase, (kScratchBytes - kPanelBytes - stripBytes) / tileBytes - 1);
    const double stripPanelFlops = 2.0 * kTileRows * width * static_cast<double>(k);
    while (divUp(strips, chunkStrips) * divUp(panelsPerPhase, chunkPanels) < kTasksWanted &&
           stripPanelFlops * chunkStrips * chunkPanels > 2 * kTaskFlops && chunkStrips * chunkPanels > 1) {
      if (chunkStrips * kTileRows >= chunkPanels * width || chunkPanels == 1) chunkStrips = divUp(chunkStrips, 2);
      else if (strips < kTasksWanted) chunkPanels = divUp(chunkPanels, 2);
      else chunkStrips = divUp(chunkStrips, 2);
      if (chunkStrips == 1 && strips >= kTasksWanted) break;
    }
  }

  Size stripBegin(Size strip) const { return rows * strip / strips; }
  Size panelVectors(Size panel) const { return minOf(kTileVectors, divUp(lanes - panel * kPanelLanes<T>, kLanes<T>)); }

  // Runs all of it, by `each(tasks, body)`, with packed panels in `packed`.
  template <class Each> void run(T* packed, const Each& each) const {
    for (Size panel0 = 0; panel0 < panels; panel0 += panelsPerPhase) {
      const Size panelCount = minOf(panelsPerPhase, panels - panel0);
      const Size chunks = divUp(strips, chunkStrips);
      for (Size block0 = 0; block0 < kBlocks; block0 += blocksPerPhase) {
        const Size blockCount = minOf(blocksPerPhase, kBlocks - block0);
        each(panelCount * blockCount, [&](Size task, int) {
          pack(packed + task * kBlock * kPanelLanes<T>, panel0 + task % panelCount, block0 + task / panelCount);
        });
        each(chunks * divUp(panelCount, chunkPanels), [&](Size task, int thread) {
          const Size first = task / chunks * chunkPanels;
          compute(packed, thread, task % chunks * chunkStrips, panel0, panelCount, first, minOf(panelCount, first + chunkPanels), block0, blockCount);
        });
      }
    }
  }

  void pack(T* to, Size panel, Size block) const {
    const Size lane = panel * kPanelLanes<T>;
    const Size p = block * kBlock;
    packPanel(panelSide, lane, minOf(kPanelLanes<T>, lanes - lane), p, minOf(kBlock, k - p), to, panelVectors(panel) * kLanes<T>);
  }

  // One task: strips [strip0, strip0 + chunkStrips) times panels [panelBegin, panelEnd) of the phase.
  void compute(const T* packed, int thread, Size strip0, Size panel0, Size panelCount, Size panelBegin, Size panelEnd, Size block0, Size blockCount) const {
    constexpr Size width = kPanelLanes<T>;
    T* scratch = static_cast<T*>(threadScratch(thread)) + kPanelBytes / static_cast<Size>(sizeof(T));
    const Size stripEnd = minOf(strips, strip0 + chunkStrips);
    const Size row0 = stripBegin(strip0), rowCount = stripBegin(stripEnd) - row0;
    const Size rowStep = kBlock + kStripPadding;
    T* tiles = scratch + kChunkStrips * kTileRows * (kBlockLimit + kStripPadding);
    T* turned = tiles + (panelEnd - panelBegin) * rowCount * width;
    const bool first = block0 == 0, last = block0 + blockCount == kBlocks;
    const bool direct = !transposed && blockCount == 1 && output.plain();

    for (Size b = 0; b < blockCount; ++b) {
      const Size p = (block0 + b) * kBlock;
      const Size depth = minOf(kBlock, k - p);
      for (Size s = strip0; s < stripEnd; ++s) {
        const Size begin = stripBegin(s);
        packStrip(stripSide, begin, stripBegin(s + 1) - begin, p, depth, scratch + (begin - row0) * rowStep, rowStep);
      }
      for (Size panel = panelBegin; panel < panelEnd; ++panel) {
        const T* slice = packed + (b * panelCount + panel) * kBlock * width;
        const Size lane = (panel0 + panel) * width;
        const Size vectors = panelVectors(panel0 + panel);
        const bool straight = direct && lane + vectors * kLanes<T> <= lanes;
        for (Size s = strip0; s < stripEnd; ++s) {
          const Size begin = stripBegin(s), count = stripBegin(s + 1) - begin;
          T* out = straight ? output.c + begin * output.row + lane : tiles + ((panel - panelBegin) * rowCount + begin - row0) * width;
          const Size outRow = straight ? output.row : width;
          const bool add = straight ? output.accumulate || !first : b > 0;
          const T* strip = scratch + (begin - row0) * rowStep;
          const Ahead ahead{reinterpret_cast<const char*>(strip), 0, 0};
          if (stripSide.innerContiguous()) {
            RowStrip<T> source;
            for (Size i = 0; i < kTileRows; ++i) source.row[i] = strip + i * rowStep;
            anyTile<T>(count, vectors, depth, source, slice, out, outRow, add, ahead);
          } else {
            anyTile<T>(count, vectors, depth, ColumnStrip<T>{strip, count}, slice, out, outRow, add, ahead);
          }
        }
        if (b + 1 == blockCount && !straight) finish(tiles + (panel - panelBegin) * rowCount * width, turned, lane, row0, rowCount, first, last);
      }
    }
  }

  // Moves one panel's finished sums, sums[row][kPanelLanes], into C.
  void finish(const T* sums, T* turned, Size lane, Size row0, Size rowCount, bool first, bool last) const {
    constexpr Size width = kPanelLanes<T>;
    const Size count = minOf(width, lanes - lane);
    if (!transposed) {
      for (Size i = 0; i < rowCount; ++i) output.write(row0 + i, lane, count, sums + i * width, first, last);
    } else {
      transpose(rowCount, count, [&](Size i) { return sums + i * width; }, turned, rowCount);
      for (Size i = 0; i < count; ++i) output.write(lane + i, row0, rowCount, turned + i * rowCount, first, last);
    }
  }
};

// Rough cost, in vector operations, of a product with the given panel side: its tiles, packing, and turning of the result.
template <class T> double cost(const Operand<T>& panelSide, Size lanes, Size rows, Size k, bool transposed) {
  const double tiles = static_cast<double>(divUp(lanes, kLanes<T>)) * static_cast<double>(rows) * static_cast<double>(k);
  const double packing = static_cast<double>(lanes) * static_cast<double>(k) * (panelSide.outerContiguous() ? 0.25 : panelSide.innerContiguous() ? 0.6 : 1.5);
  return tiles + packing + (transposed ? 0.5 * static_cast<double>(lanes) * static_cast<double>(rows) : 0);
}

template <class T> void multiply(Size batch, Size m, Size n, Size k, const Operand<T>& a, Size aBatch, const Operand<T>& b, Size bBatch, const Output<T>& output, Size cBatch) {
  if (batch <= 0 || m <= 0 || n <= 0) return;
  const bool transposed = cost(a, m, n, k, true) < cost(b, n, m, k, false);
  Product<T> product{};
  product.panelSide = transposed ? a : b;
  product.stripSide = transposed ? b : a;
  product.transposed = transposed;
  product.lanes = transposed ? m : n;
  product.rows = transposed ? n : m;
  product.k = k;
  product.output = output;
  product.plan();
  const auto at = [&](Size t) {
    Product<T> one = product;
    one.panelSide.base += t * (transposed ? aBatch : bBatch);
    one.stripSide.base += t * (transposed ? bBatch : aBatch);
    one.output.c += t * cBatch;
    one.output.maskOffset = t * m * n;
    return one;
  };
  const auto serial = [&](Size t, int thread) {
    at(t).run(static_cast<T*>(threadScratch(thread)), [&](Size tasks, const auto& body) {
      for (Size task = 0; task < tasks; ++task) body(task, thread);
    });
  };
  const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  if (flops * static_cast<double>(batch) < kSerialFlops) {
    for (Size t = 0; t < batch; ++t) serial(t, 0);
  } else if (batch >= kTasksWanted || flops < kSerialFlops) {
    parallel(batch, serial);
  } else {
    for (Size t = 0; t < batch; ++t) {
      at(t).run(static_cast<T*>(sharedScratch()), [](Size tasks, const auto& body) { parallel(tasks, body); });
    }
  }
}

} // namespace thinnet::TARGET::gemm_detail

namespace thinnet::TARGET {

// For each t < batch: C[i,j] = epilogue(alpha * sum over p of A[i,p] * B[p,j] (+ C[i,j] if accumulate)), i < m, j < n, p < k.
//   A[i,p] = a[t*aBatch + (aRows ? aRows[i] : i)*aRow + (aInner ? aInner[p] : p)*aCol]
//   B[p,j] = b[t*bBatch + (bInner ? bInner[p] : p)*bRow + (bCols ? bCols[j] : j)*bCol]
//   C[i,j] = c[t*cBatch + i*cRow + j]
// dtype is float32 or float64, of a, b, c and bias; the lists are int32. Strides count elements and may be 0 for a and b.
// The epilogue adds bias[j], applies the activation (0 none, 1 ReLU, which keeps NaN), then drops: with a mask, value * scale
// where bit t*m*n + i*n + j (little-endian within bytes) is set, else 0; without one, value * scale. bias, mask and lists may
// be null. C overlaps no operand. m, n, k may be 0; with k = 0 the sum is 0 and the epilogue still applies.
// Error: at most k+1 roundings of the sum of absolute products, to the operands' precision.
void gemm(Size dtype, Size batch, Size m, Size n, Size k, Ptr a, Size aBatch, Size aRow, Size aCol, Ptr b, Size bBatch, Size bRow, Size bCol, Ptr c, Size cBatch, Size cRow, Num alpha, Size accumulate, Ptr aRows, Ptr aInner, Ptr bInner, Ptr bCols, Ptr bias, Size activation, Ptr mask, Num scale) {
  const auto typed = [&](auto zero) {
    using T = decltype(zero);
    const gemm_detail::Operand<T> left{static_cast<const T*>(a), aRow, aCol, static_cast<const std::int32_t*>(aRows), static_cast<const std::int32_t*>(aInner)};
    const gemm_detail::Operand<T> right{static_cast<const T*>(b), bCol, bRow, static_cast<const std::int32_t*>(bCols), static_cast<const std::int32_t*>(bInner)};
    const gemm_detail::Output<T> output{static_cast<T*>(c), cRow, n, static_cast<T>(alpha), accumulate != 0, static_cast<const T*>(bias), activation == 1, static_cast<const std::uint8_t*>(mask), 0, static_cast<T>(scale)};
    gemm_detail::multiply(batch, m, n, k, left, aBatch, right, bBatch, output, cBatch);
  };
  if (dtype == kFloat64) typed(double{});
  else typed(float{});
}

} // namespace thinnet::TARGET
