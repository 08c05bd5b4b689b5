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
#include "gemm_row.inl.hpp"

namespace thinnet::TARGET::gemm_detail {

constexpr Size kPanelBytes = kScratchBytes / 2; // of a scratch buffer; strips and sums have the rest
constexpr Size kTasksWanted = 32;               // enough for 16 threads to share evenly
constexpr double kTaskFlops = 2e6;              // do not cut tasks smaller
constexpr double kSerialFlops = 1e6;            // not worth waking another thread

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
    Size q = 0;
    for (; q + kLanes<T> <= count; q += kLanes<T>) writeLanes<kLanes<T>>(i, j + q, at + q, values + q, add, last);
    for (; q + 4 <= count; q += 4) writeLanes<4>(i, j + q, at + q, values + q, add, last);
    for (; q < count; ++q) writeLanes<1>(i, j + q, at + q, values + q, add, last);
  }

  template <Size N> THINNET_INLINE void writeLanes(Size i, Size j, T* at, const T* values, bool add, bool last) const {
    using V = Lanes<T, N>;
    V x = *reinterpret_cast<const V*>(values) * alpha;
    if (add) x += *reinterpret_cast<const V*>(at);
    if (last) {
      if (bias) x += *reinterpret_cast<const V*>(bias + j);
      if (relu) x = x <= V{} ? V{} : x; // keeps NaN
      x *= scale;
      if (mask) x = drop<N>(x, maskOffset + i * columns + j);
    }
    *reinterpret_cast<V*>(at) = x;
  }

  // Zeros the lanes whose mask bit, from number `bit` on, is clear; reads no byte beyond the last of them.
  template <Size N> THINNET_INLINE Lanes<T, N> drop(Lanes<T, N> x, Size bit) const {
    const std::uint8_t* from = mask + bit / 8;
    const Size bytes = (bit % 8 + N + 7) / 8;
    unsigned bits = 0;
    for (Size b = 0; b < bytes; ++b) bits |= static_cast<unsigned>(from[b]) << (8 * b);
    Lanes<Integer<T>, N> own{};
    for (Size lane = 0; lane < N; ++lane) own[lane] = Integer<T>(1) << lane;
    return (own & static_cast<Integer<T>>(bits >> bit % 8)) != 0 ? x : Lanes<T, N>{};
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
  Size chunkPanels; // of one task

  void plan() {
    constexpr Size width = kPanelLanes<T>;
    constexpr Size size = sizeof(T);
    kBlocks = maxOf(1, divUp(k, kBlockLimit));
    kBlock = divUp(divUp(k, kBlocks), 16) * 16;
    kBlocks = maxOf(1, divUp(k, maxOf(kBlock, 1)));
    panels = divUp(lanes, width);
    const Size sliceBytes = maxOf(1, kBlock) * width * size;
    panelsPerPhase = minOf(panels, kPanelBytes / sliceBytes);
    blocksPerPhase = minOf(kBlocks, kPanelBytes / (sliceBytes * panelsPerPhase));
    // The sums of a task wait in its scratch: they, one panel turned and the strips must fit the half that panels leave.
    constexpr Size stripBytes = kChunkRows * (kBlockLimit + kStripPadding) * size;
    constexpr Size sumBytes = kChunkRows * width * size;
    chunkPanels = minOf(panelsPerPhase, (kScratchBytes - kPanelBytes - stripBytes) / sumBytes - 1);
    const double flops = 2.0 * width * static_cast<double>(k);
    const auto wantsMore = [&] {
      return divUp(rows, kChunkRows) * divUp(panelsPerPhase, chunkPanels) < kTasksWanted &&
             flops * static_cast<double>(minOf(rows, kChunkRows) * chunkPanels) >= 2 * kTaskFlops;
    };
    while (wantsMore() && chunkPanels > 1) chunkPanels = divUp(chunkPanels, 2);
  }

  Size panelVectors(Size panel) const { return minOf(kTileVectors, divUp(lanes - panel * kPanelLanes<T>, kLanes<T>)); }

  // Runs all of it, by `each(tasks, body)`, with packed panels in `packed`.
  template <class Each> void run(T* packed, const Each& each) const {
    for (Size panel0 = 0; panel0 < panels; panel0 += panelsPerPhase) {
      const Size panelCount = minOf(panelsPerPhase, panels - panel0);
      const Size chunks = divUp(rows, kChunkRows);
      for (Size block0 = 0; block0 < kBlocks; block0 += blocksPerPhase) {
        const Size blockCount = minOf(blocksPerPhase, kBlocks - block0);
        each(panelCount * blockCount, [&](Size task, int) {
          pack(packed + task * kBlock * kPanelLanes<T>, panel0 + task % panelCount, block0 + task / panelCount);
        });
        each(chunks * divUp(panelCount, chunkPanels), [&](Size task, int thread) {
          const Size first = task / chunks * chunkPanels;
          compute(packed, thread, task % chunks * kChunkRows, panel0, panelCount, first, minOf(panelCount, first + chunkPanels), block0, blockCount);
        });
      }
    }
  }

  void pack(T* to, Size panel, Size block) const {
    const Size lane = panel * kPanelLanes<T>;
    const Size p = block * kBlock;
    packPanel(panelSide, lane, minOf(kPanelLanes<T>, lanes - lane), p, minOf(kBlock, k - p), to, panelVectors(panel) * kLanes<T>);
  }

  // One task: rows [row0, row0 + kChunkRows) times panels [panelBegin, panelEnd) of the phase.
  void compute(const T* packed, int thread, Size row0, Size panel0, Size panelCount, Size panelBegin, Size panelEnd, Size block0, Size blockCount) const {
    constexpr Size width = kPanelLanes<T>;
    T* strips = static_cast<T*>(threadScratch(thread)) + kPanelBytes / static_cast<Size>(sizeof(T));
    T* sums = strips + kChunkRows * (kBlockLimit + kStripPadding); // [panel][row][width]
    T* turned = sums + (panelEnd - panelBegin) * kChunkRows * width;
    const Size rowCount = minOf(kChunkRows, rows - row0);
    const Size rowStep = kBlock + kStripPadding;
    const Size nextRow0 = row0 + threadCount() * kChunkRows; // this thread's next task, if all threads run alike: only to prefetch
    const bool first = block0 == 0, last = block0 + blockCount == kBlocks;

    for (Size b = 0; b < blockCount; ++b) {
      const Size p = (block0 + b) * kBlock;
      const Size depth = minOf(kBlock, k - p);
      const bool lastBlock = b + 1 == blockCount;
      packStrips(stripSide, row0, rowCount, p, depth, strips, rowStep);
      for (Size panel = panelBegin; panel < panelEnd; ++panel) {
        const T* slice = packed + (b * panelCount + panel) * kBlock * width;
        const Size lane = (panel0 + panel) * width;
        const Size vectors = panelVectors(panel0 + panel);
        T* const sum = sums + (panel - panelBegin) * kChunkRows * width;
        const bool direct = !transposed && blockCount == 1 && lane + vectors * kLanes<T> <= lanes && output.plain();
        for (Size i = 0; i < rowCount; i += kTileRows) {
          const Size count = minOf(kTileRows, rowCount - i);
          T* out = direct ? output.c + (row0 + i) * output.row + lane : sum + i * width;
          const Size outRow = direct ? output.row : width;
          const bool add = direct ? output.accumulate || !first : b > 0;
          const T* strip = strips + i * rowStep;
          const Ahead ahead = lastBlock ? stripAhead(nextRow0 + i, block0 * kBlock, panel - panelBegin) : stripAhead(row0 + i, p + kBlock, panel - panelBegin);
          if (stripSide.innerStride == 1) {
            RowStrip<T> source;
            for (Size r = 0; r < kTileRows; ++r) source.row[r] = strip + r * rowStep;
            anyTile<T>(count, vectors, depth, source, slice, out, outRow, add, ahead);
          } else {
            anyTile<T>(count, vectors, depth, ColumnStrip<T>{strip, count}, slice, out, outRow, add, ahead);
          }
        }
        if (lastBlock && !direct) finish(sum, turned, lane, row0, rowCount, first, last);
      }
    }
  }

  // The part of the strip at (row, p) to prefetch during the tile of panel number `turn` of a task.
  Ahead stripAhead(Size row, Size p, Size turn) const {
    if (k == 0) return {};
    const auto address = [&](Size i, Size q) { return reinterpret_cast<const char*>(stripSide.outer(minOf(i, rows - 1)) + stripSide.inner(minOf(q, k - 1))); };
    const Size depth = minOf(kBlock, k - p);
    turn = turn % 4 * 4;
    Ahead ahead;
    if (stripSide.innerStride == 1) {
      for (Size r = 0; r < 4; ++r) ahead.line[r] = address(row + turn + r, p);
    } else {
      for (Size r = 0; r < 4; ++r) ahead.line[r] = address(row, p + turn + r);
    }
    ahead.step = (address(row, p + depth - 1) - address(row, p)) / maxOf(1, (depth - 1) / 16);
    return ahead;
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
  const double packing = static_cast<double>(lanes) * static_cast<double>(k) * (panelSide.outerContiguous() ? 0.4 : panelSide.innerContiguous() ? 0.7 : 1.5);
  return tiles + packing + (transposed ? 0.5 * static_cast<double>(lanes) * static_cast<double>(rows) : 0);
}

template <class T> void multiply(Size batch, Size m, Size n, Size k, const Operand<T>& a, Size aBatch, const Operand<T>& b, Size bBatch, const Output<T>& output, Size cBatch) {
  if (batch <= 0 || m <= 0 || n <= 0) return;
  if (batch == 1 && isRow(m, k, b)) return multiplyRow(n, k, a, b, output);
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
  countMultiplications(static_cast<double>(batch) * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k));
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
