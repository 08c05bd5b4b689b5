// The matrix product, with what surrounds it in a layer: choice of rows and columns, bias, ReLU, dropout mask.
//
// One operand is packed into panels as wide as a tile (`kPanelLanes`), its vector lanes side by side; the other into strips
// of `kTileRows` rows, whose elements are broadcast. The smaller of the two stays: it is packed once, by all threads, and
// kept. The other passes by: a task packs as much of it as half a second-level cache holds, multiplies it with all that is
// kept, and forgets it. If A is the panel operand, tiles come out transposed and are turned as they leave.
// Choosing neurons is choosing addresses while packing, so one kernel serves dense and thinned layers, forward and back.
//
// Every sum runs over k in ascending order in blocks of `kBlock`, which the shape alone determines: results do not depend
// on the number of threads.
#pragma once
#include "gemm_pack.inl.hpp"
#include "gemm_row.inl.hpp"

namespace thinnet::TARGET::gemm_detail {

constexpr Size kPassingBytes = Size{5} << 18; // of a scratch buffer: what passes by, and sums
constexpr Size kKeptBytes = kScratchBytes - kPassingBytes;
constexpr Size kSlicePadding = 32; // elements between packed panels: they are written side by side, on different cache sets
// What a task packs with blocks of kBlockLimit, more with smaller ones: half of a second-level cache.
constexpr Size kTaskPanels = 8, kTaskStrips = 4 * kChunkRows / kTileRows;
// Of the smaller tasks at the end, so that no thread waits long for the last.
constexpr Size kLastPanels = 2, kLastStrips = kChunkRows / kTileRows;
constexpr double kTaskFlops = 2e6;   // do not cut tasks smaller
constexpr double kSerialFlops = 1e6; // not worth waking another thread

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
      x *= mask ? kept<N>(maskOffset + i * columns + j) : V{} + scale;
    }
    *reinterpret_cast<V*>(at) = x;
  }

  // The scale in lanes whose mask bit, from number `bit` on, is set, 0 in others; reads no byte beyond the last of them.
  template <Size N> THINNET_INLINE Lanes<T, N> kept(Size bit) const {
    const std::uint8_t* from = mask + bit / 8;
    const Size bytes = (bit % 8 + N + 7) / 8;
    unsigned bits = 0;
    for (Size b = 0; b < bytes; ++b) bits |= static_cast<unsigned>(from[b]) << (8 * b);
    Lanes<Integer<T>, N> own{};
    for (Size lane = 0; lane < N; ++lane) own[lane] = Integer<T>(1) << lane;
    return (own & static_cast<Integer<T>>(bits >> bit % 8)) != 0 ? Lanes<T, N>{} + scale : Lanes<T, N>{};
  }
};

// One product of a batch: which operand plays which part, and how it is cut.
template <class T> struct Product {
  Operand<T> panelSide, stripSide;
  bool transposed; // the panel side is A
  Size lanes, rows, k;
  Output<T> output;

  bool stripsStay; // and panels pass by; or the other way round
  Size kBlock, kBlocks;
  Size phaseRows, phaseLanes, phaseBlocks; // of a phase: as much as can be kept of what stays, all of what passes by
  Pieces tasks;                            // of a phase, in panels or strips of what passes by
  Size groupPanels;                        // that pass along all strips together

  static constexpr Size width = kPanelLanes<T>;
  static constexpr Size size = sizeof(T);
  static_assert(kTaskPanels * (kBlockLimit * width + 4 * kSlicePadding) * size + (4 * kTaskPanels + 1) * kChunkRows * width * size <= kPassingBytes);
  static_assert(kTaskStrips * kTileRows * (kBlockLimit + 4 * kStripPadding) * size + (4 * kTaskPanels + 1) * kChunkRows * width * size <= kPassingBytes);
  Size sliceStep() const { return kBlock * width + kSlicePadding; }
  Size rowStep() const { return kBlock + kStripPadding; }

  void plan(int threads) {
    stripsStay = rows < lanes;
    // What passes by is read in runs that are long enough for the processor to look ahead: of k, or else of the other index.
    const bool runsOfK = (stripsStay ? panelSide : stripSide).innerStride == 1;
    kBlocks = maxOf(1, divUp(k, runsOfK ? kBlockLimit : kBlockLimit / 2));
    kBlock = divUp(divUp(k, kBlocks), 16) * 16;
    kBlocks = maxOf(1, divUp(k, maxOf(kBlock, 1)));
    const Size wider = kBlockLimit / maxOf(kBlock, kBlockLimit / 4);
    groupPanels = kTaskPanels * wider;
    const Size unit = stripsStay ? kTileRows : width, total = stripsStay ? rows : lanes;
    const Size bytes = maxOf(kBlock + kStripPadding, kBlock + kSlicePadding / width) * size; // of a row or lane
    const Size phases = divUp(total, kKeptBytes / bytes / unit * unit);
    const Size kept = divUp(divUp(total, phases), unit) * unit;
    phaseBlocks = minOf(kBlocks, kKeptBytes / (kept * bytes));
    phaseRows = stripsStay ? kept : rows;
    phaseLanes = stripsStay ? lanes : kept;
    const Size passing = stripsStay ? divUp(lanes, width) : divUp(rows, kTileRows);
    const double flops = 2.0 * static_cast<double>(stripsStay ? kept * width : kept * kTileRows) * static_cast<double>(phaseBlocks * kBlock); // of one of them
    const Size big = (stripsStay ? kTaskPanels : kTaskStrips) * wider;
    const Size small = minOf(big, maxOf(stripsStay ? kLastPanels : kLastStrips, static_cast<Size>(kTaskFlops / (flops + 1)) + 1));
    tasks = Pieces::of(passing, big, small, threads);
  }

  // A rectangle of the result, and the blocks of the inner index that are added to it.
  struct Part {
    Size row0, rows, lane0, lanes, block0, blocks;
    Size panels() const { return divUp(lanes, width); }
  };

  // Runs all of it, by `each(tasks, body)`, with what stays in `kept`.
  template <class Each> void run(T* kept, const Each& each) const {
    for (Size row0 = 0; row0 < rows; row0 += phaseRows) {
      for (Size lane0 = 0; lane0 < lanes; lane0 += phaseLanes) {
        for (Size block0 = 0; block0 < kBlocks; block0 += phaseBlocks) {
          const Part phase{row0, minOf(phaseRows, rows - row0), lane0, minOf(phaseLanes, lanes - lane0), block0, minOf(phaseBlocks, kBlocks - block0)};
          const Size pieces = stripsStay ? divUp(phase.rows, kChunkRows) : phase.panels();
          each(pieces * phase.blocks, [&](Size task, int) { keep(phase, task % pieces, task / pieces, kept); });
          each(tasks.count, [&](Size task, int thread) { compute(phase, task, kept, thread); });
        }
      }
    }
  }

  // Packs one piece of what stays.
  void keep(const Part& phase, Size piece, Size block, T* kept) const {
    const Size p = (phase.block0 + block) * kBlock, depth = minOf(kBlock, k - p);
    if (stripsStay) {
      const Size row = piece * kChunkRows;
      packStrips(stripSide, phase.row0 + row, minOf(kChunkRows, phase.rows - row), p, depth, kept + (block * phase.rows + row) * rowStep(), rowStep());
    } else {
      packPanels(panelSide, phase.lane0 + piece * width, lanes, 1, p, depth, kept + (block * phase.panels() + piece) * sliceStep(), sliceStep());
    }
  }

  void compute(const Part& phase, Size task, const T* kept, int thread) const {
    T* const packed = static_cast<T*>(threadScratch(thread)) + kKeptBytes / size;
    Part own = phase;
    const Size unit = stripsStay ? width : kTileRows, begin = tasks.begin(task) * unit, end = tasks.end(task) * unit;
    if (stripsStay) {
      own.lane0 += begin;
      own.lanes = minOf(phase.lanes, end) - begin;
    } else {
      own.row0 += begin;
      own.rows = minOf(phase.rows, end) - begin;
    }
    for (Size block = 0; block < own.blocks; ++block) {
      const Size p = (own.block0 + block) * kBlock, depth = minOf(kBlock, k - p);
      if (stripsStay) {
        packPanels(panelSide, own.lane0, lanes, own.panels(), p, depth, packed, sliceStep());
        tiles(own, own.block0 + block, kept + block * phase.rows * rowStep(), packed, packed + own.panels() * sliceStep());
      } else {
        for (Size chunk = 0; chunk < own.rows; chunk += kChunkRows) {
          packStrips(stripSide, own.row0 + chunk, minOf(kChunkRows, own.rows - chunk), p, depth, packed + chunk * rowStep(), rowStep());
        }
        tiles(own, own.block0 + block, packed, kept + block * phase.panels() * sliceStep(), packed + own.rows * rowStep());
      }
    }
  }

  // Adds one block's products of strips and slices (packed panels) to a part of the result. A few panels at a time pass
  // along all strips: they stay in L2, and the result's lines are long.
  void tiles(const Part& own, Size block, const T* strips, const T* slices, T* sums) const {
    const bool first = block == 0, last = block + 1 == kBlocks;
    const Size depth = minOf(kBlock, k - block * kBlock);
    for (Size panel0 = 0; panel0 < own.panels(); panel0 += groupPanels) {
      const Size panels = minOf(groupPanels, own.panels() - panel0);
      for (Size chunk = 0; chunk < own.rows; chunk += kChunkRows) {
        const Size chunkRows = minOf(kChunkRows, own.rows - chunk);
        for (Size row = chunk; row < chunk + chunkRows; row += kTileRows) {
          const Size count = minOf(kTileRows, chunk + chunkRows - row);
          const T* strip = strips + row * rowStep();
          for (Size panel = 0; panel < panels; ++panel) {
            const Size lane = own.lane0 + (panel0 + panel) * width;
            const T* slice = slices + (panel0 + panel) * sliceStep();
            if (direct(lane)) {
              anyTile<T>(count, vectors(lane), depth, strip, slice, output.c + (own.row0 + row) * output.row + lane, output.row, output.accumulate || !first);
            } else {
              anyTile<T>(count, vectors(lane), depth, strip, slice, sums + (panel * kChunkRows + row - chunk) * width, width, false);
            }
          }
        }
        for (Size panel = 0; panel < panels; ++panel) {
          const Size lane = own.lane0 + (panel0 + panel) * width;
          if (!direct(lane)) finish(sums + panel * kChunkRows * width, sums + panels * kChunkRows * width, lane, own.row0 + chunk, chunkRows, first, last);
        }
      }
    }
  }

  // Vectors of the panel that begins with a lane.
  Size vectors(Size lane) const { return minOf(kTileVectors, divUp(lanes - lane, kLanes<T>)); }

  // True if that panel's tiles write into C themselves: nothing but a sum is asked for, and all their lanes are C's.
  bool direct(Size lane) const { return !transposed && lane + vectors(lane) * kLanes<T> <= lanes && output.plain(); }

  // Moves one panel's finished sums, sums[row][kPanelLanes], into C.
  void finish(const T* sums, T* turned, Size lane, Size row0, Size rowCount, bool first, bool last) const {
    const Size count = minOf(width, lanes - lane);
    if (!transposed) {
      for (Size i = 0; i < rowCount; ++i) output.write(row0 + i, lane, count, sums + i * width, first, last);
    } else {
      transpose(rowCount, count, [&](Size i) { return sums + i * width; }, turned, rowCount);
      for (Size i = 0; i < count; ++i) output.write(lane + i, row0, rowCount, turned + i * rowCount, first, last);
    }
  }
};

// Rough cost, in vector operations, of what depends on the choice of the panel side: the tiles, whose last vectors may be
// part empty, and the turning of the result, for each block of k. (Packing costs the same as panels or strips.)
template <class T> double cost(Size lanes, Size rows, Size k, bool transposed) {
  const double tiles = static_cast<double>(divUp(lanes, kLanes<T>)) * static_cast<double>(rows) * static_cast<double>(k);
  return tiles + (transposed ? 2.0 * static_cast<double>(lanes) * static_cast<double>(rows) * static_cast<double>(divUp(k, kBlockLimit / 2)) : 0);
}

template <class T> void multiply(Size batch, Size m, Size n, Size k, const Operand<T>& a, Size aBatch, const Operand<T>& b, Size bBatch, const Output<T>& output, Size cBatch) {
  if (batch <= 0 || m <= 0 || n <= 0) return;
  if (batch == 1 && isRow(m, k, b)) return multiplyRow(n, k, a, b, output);
  const bool transposed = cost<T>(m, n, k, true) < cost<T>(n, m, k, false);
  Product<T> product{};
  product.panelSide = transposed ? a : b;
  product.stripSide = transposed ? b : a;
  product.transposed = transposed;
  product.lanes = transposed ? m : n;
  product.rows = transposed ? n : m;
  product.k = k;
  product.output = output;
  const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  const int threads = flops * static_cast<double>(batch) < kSerialFlops ? 1 : threadCount();
  product.plan(threads);
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
  if (threads == 1) {
    for (Size t = 0; t < batch; ++t) serial(t, 0);
  } else if (batch >= 4 * threads || flops < kSerialFlops) {
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
// where bit t*m*n + i*n + j (little-endian within bytes) is set, else value * 0, as PyTorch; without one, value * scale.
// bias, mask and lists may be null. C overlaps no operand. m, n, k may be 0; with k = 0 the sum is 0 and the epilogue still applies.
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
