// The inner kernel of the matrix product: one tile of kTileRows x (kTileVectors vectors), held in registers over all of k.
#pragma once
#include "common.hpp"
#include "simd/fma.hpp"

#if defined(__clang__)
#define THINNET_UNROLL _Pragma("unroll")
#else
#define THINNET_UNROLL _Pragma("GCC unroll 16")
#endif

namespace thinnet::TARGET::gemm_detail {

// Accumulators fill the registers but for one tile row of the panel and one broadcast element (and, with 16 registers,
// what an unfused multiply-add needs).
constexpr Size kTileVectors = 2;
#if defined(__AVX2__) || defined(__aarch64__)
constexpr Size kTileRows = kVectorRegisters == 32 ? 12 : 6;
#else
constexpr Size kTileRows = 4;
#endif

// Lanes of a full panel.
template <class T> constexpr Size kPanelLanes = kTileVectors * kLanes<T>;

// The operand whose elements are broadcast, as one strip of `rows` rows: row i, inner index p.
// Rows: each row is contiguous. Columns: each column of the strip is contiguous.
template <class T> struct RowStrip {
  const T* row[kTileRows];
  THINNET_INLINE T at(Size i, Size p) const { return row[i][p]; }
};
template <class T> struct ColumnStrip {
  const T* base;
  Size step;
  THINNET_INLINE T at(Size i, Size p) const { return base[p * step + i]; }
};

// What to prefetch into L2 while a tile is computed, one line for each four inner indices: four lines, then those `step`
// bytes behind them, and so on. A prefetch never faults, so they may lie beyond the operand.
struct Ahead {
  const char* line[4];
  Size step;
};

// out[i * outRow + lane] (+)= sum over p < k of strip(i, p) * panel[p * Vectors * kLanes + lane]
template <class T, Size Rows, Size Vectors, class Strip>
__attribute__((noinline)) void tile(Size k, const Strip& source, const T* panel, T* out, Size outRow, bool add, const Ahead& ahead) {
  constexpr Size lanes = kLanes<T>;
  const Strip strip = source;
  Vec<T> sum[Rows][Vectors] = {};
  const auto step = [&](Size p) __attribute__((always_inline)) {
    Vec<T> b[Vectors];
    THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) b[v] = load(panel + (p * Vectors + v) * lanes);
    THINNET_UNROLL for (Size i = 0; i < Rows; ++i) {
      const Vec<T> a = splat(strip.at(i, p));
      THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) sum[i][v] = fma(a, b[v], sum[i][v]);
    }
  };
  Size p = 0;
#if defined(__wasm__)
  (void)ahead; // there is no prefetch, and engines allocate registers better in a loop that is not unrolled
#else
  for (; p + 4 <= k; p += 4) {
    __builtin_prefetch(ahead.line[p / 4 % 4] + p / 16 * ahead.step, 0, 2);
    step(p);
    step(p + 1);
    step(p + 2);
    step(p + 3);
  }
#endif
  for (; p < k; ++p) step(p);
  THINNET_UNROLL for (Size i = 0; i < Rows; ++i) {
    THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) {
      T* at = out + i * outRow + v * lanes;
      store(at, add ? load(at) + sum[i][v] : sum[i][v]);
    }
  }
}

// tile for a number of rows and vectors known at run time only.
template <class T, class Strip, Size Rows = kTileRows, Size Vectors = kTileVectors>
THINNET_INLINE void anyTile(Size rows, Size vectors, Size k, const Strip& strip, const T* panel, T* out, Size outRow, bool add, const Ahead& ahead) {
  if constexpr (Vectors > 1) {
    if (vectors < Vectors) return anyTile<T, Strip, Rows, Vectors - 1>(rows, vectors, k, strip, panel, out, outRow, add, ahead);
  }
  if constexpr (Rows > 1) {
    if (rows < Rows) return anyTile<T, Strip, Rows - 1, Vectors>(rows, vectors, k, strip, panel, out, outRow, add, ahead);
  }
  tile<T, Rows, Vectors>(k, strip, panel, out, outRow, add, ahead);
}

} // namespace thinnet::TARGET::gemm_detail
