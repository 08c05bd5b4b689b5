// The inner kernel of the matrix product: one tile of kTileRows x (kTileVectors vectors), held in registers over all of k.
#pragma once
#include "common.hpp"
#include "simd/fma.hpp"

#if defined(__clang__)
#define THINNET_UNROLL _Pragma("unroll")
#define THINNET_ROLLED _Pragma("nounroll")
#else
#define THINNET_UNROLL _Pragma("GCC unroll 16")
#define THINNET_ROLLED _Pragma("GCC unroll 1")
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

// out[i * outRow + lane] (+)= sum over p < k of strip[p * Rows + i] * panel[p * Vectors * kLanes + lane]
template <class T, Size Rows, Size Vectors>
__attribute__((noinline)) void tile(Size k, const T* strip, const T* panel, T* out, Size outRow, bool add) {
  constexpr Size lanes = kLanes<T>;
  Vec<T> sum[Rows][Vectors] = {};
  const auto step = [&](Size p) __attribute__((always_inline)) {
    Vec<T> b[Vectors];
    THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) b[v] = load(panel + (p * Vectors + v) * lanes);
    THINNET_UNROLL for (Size i = 0; i < Rows; ++i) {
      const Vec<T> a = splat(strip[p * Rows + i]);
      THINNET_UNROLL for (Size v = 0; v < Vectors; ++v) sum[i][v] = fma(a, b[v], sum[i][v]);
    }
  };
  Size p = 0;
#if !defined(__wasm__) // there is no prefetch, and engines allocate registers better in a loop that is not unrolled
  const auto steps = [&](Size count) __attribute__((always_inline)) { THINNET_UNROLL for (Size q = 0; q < count; ++q) step(p++); };
  // The lines that the sums go to arrive meanwhile: a few at a time, as the processor can wait for a few only.
  constexpr Size lines = divUp(Vectors * THINNET_VECTOR_BYTES, 64);
  const char* line = reinterpret_cast<const char*>(out);
  const Size ready = minOf(Rows, k / (4 * lines));
  THINNET_ROLLED for (Size i = 0; i < ready; ++i, line += outRow * static_cast<Size>(sizeof(T))) {
    THINNET_UNROLL for (Size part = 0; part < lines; ++part) {
      __builtin_prefetch(line + part * 64, 1, 3);
      steps(4);
    }
  }
  THINNET_ROLLED while (p + 4 <= k) steps(4);
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
template <class T, Size Rows = kTileRows, Size Vectors = kTileVectors>
THINNET_INLINE void anyTile(Size rows, Size vectors, Size k, const T* strip, const T* panel, T* out, Size outRow, bool add) {
  if constexpr (Vectors > 1) {
    if (vectors < Vectors) return anyTile<T, Rows, Vectors - 1>(rows, vectors, k, strip, panel, out, outRow, add);
  }
  if constexpr (Rows > 1) {
    if (rows < Rows) return anyTile<T, Rows - 1, Vectors>(rows, vectors, k, strip, panel, out, outRow, add);
  }
  tile<T, Rows, Vectors>(k, strip, panel, out, outRow, add);
}

} // namespace thinnet::TARGET::gemm_detail
