// Compact values to the lanes whose bits are set, and back.
#pragma once
#include "../common.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace thinnet::TARGET {

template <class T> constexpr unsigned laneBits = (1u << kLanes<T>) - 1;

#if defined(__AVX2__) && !defined(__AVX512F__)
// For each mask of 8 lanes: where lane i finds its value (0 if it gets none), and which lane goes to place i.
struct LaneTables {
  std::uint64_t expand[256], compress[256];
  constexpr LaneTables() : expand(), compress() {
    for (unsigned mask = 0; mask < 256; ++mask) {
      std::uint64_t to = 0, from = 0;
      unsigned kept = 0;
      for (unsigned lane = 0; lane < 8; ++lane) {
        if (!(mask >> lane & 1)) continue;
        to |= std::uint64_t{kept} << (8 * lane);
        from |= std::uint64_t{lane} << (8 * kept);
        ++kept;
      }
      expand[mask] = to;
      compress[mask] = from;
    }
  }
};
static constexpr LaneTables kLaneTables;
#elif defined(__aarch64__) || defined(__wasm_simd128__)
// For each mask of 4 lanes: the bytes of the values that its lanes get (255: none, which reads as zero), and the way back.
struct LaneTables {
  std::uint8_t expand[16][16], compress[16][16];
  constexpr LaneTables() : expand(), compress() {
    for (unsigned mask = 0; mask < 16; ++mask) {
      unsigned kept = 0;
      for (unsigned byte = 0; byte < 16; ++byte) expand[mask][byte] = compress[mask][byte] = 255;
      for (unsigned lane = 0; lane < 4; ++lane) {
        if (!(mask >> lane & 1)) continue;
        for (unsigned byte = 0; byte < 4; ++byte) {
          expand[mask][4 * lane + byte] = static_cast<std::uint8_t>(4 * kept + byte);
          compress[mask][4 * kept + byte] = static_cast<std::uint8_t>(4 * lane + byte);
        }
        ++kept;
      }
    }
  }
};
static constexpr LaneTables kLaneTables;

THINNET_INLINE Vec<float> pickBytes(Vec<float> values, const std::uint8_t* bytes) {
#if defined(__aarch64__)
  return (Vec<float>)vqtbl1q_u8((uint8x16_t)values, vld1q_u8(bytes));
#else
  return (Vec<float>)wasm_i8x16_swizzle((v128_t)values, wasm_v128_load(bytes));
#endif
}
#endif

// The values from[0], from[1], … in the lanes whose bits are set, zeros in the others. Reads a whole vector, unless the
// target reads only what it needs.
template <class T> THINNET_INLINE Vec<T> expand(const T* from, unsigned bits) {
#if defined(__AVX512F__)
  // Loaded first, and hidden from the compiler, which would fold the two: on Zen 4 expanding from memory takes twice as long.
  Vec<T> values = load(from);
  asm("" : "+v"(values));
  if constexpr (sizeof(T) == 4) return (Vec<T>)_mm512_maskz_expand_ps(static_cast<__mmask16>(bits), (__m512)values);
  else return (Vec<T>)_mm512_maskz_expand_pd(static_cast<__mmask8>(bits), (__m512d)values);
#else
#if defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    const __m256i lane = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(kLaneTables.expand[bits])));
    const __m256i own = _mm256_set_epi32(128, 64, 32, 16, 8, 4, 2, 1);
    const __m256i kept = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(static_cast<int>(bits)), own), own);
    return (Vec<T>)_mm256_and_ps(_mm256_permutevar8x32_ps((__m256)load(from), lane), _mm256_castsi256_ps(kept));
  }
#elif defined(__aarch64__) || defined(__wasm_simd128__)
  if constexpr (sizeof(T) == 4) return pickBytes(load(from), kLaneTables.expand[bits]);
#endif
  Vec<T> out{};
  for (Size lane = 0, kept = 0; lane < kLanes<T>; ++lane) {
    const bool own = bits >> lane & 1;
    out[lane] = own ? from[kept] : T(0);
    kept += own;
  }
  return out;
#endif
}

// The values of the lanes whose bits are set, side by side; may write up to a whole vector.
template <class T> THINNET_INLINE void compressTo(T* to, Vec<T> values, unsigned bits) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) store(to, (Vec<T>)_mm512_maskz_compress_ps(static_cast<__mmask16>(bits), (__m512)values));
  else store(to, (Vec<T>)_mm512_maskz_compress_pd(static_cast<__mmask8>(bits), (__m512d)values));
#else
#if defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    const __m256i lane = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(kLaneTables.compress[bits])));
    return store(to, (Vec<T>)_mm256_permutevar8x32_ps((__m256)values, lane));
  }
#elif defined(__aarch64__) || defined(__wasm_simd128__)
  if constexpr (sizeof(T) == 4) return store(to, (Vec<T>)pickBytes((Vec<float>)values, kLaneTables.compress[bits]));
#endif
  for (Size lane = 0; lane < kLanes<T>; ++lane) {
    *to = values[lane];
    to += bits >> lane & 1;
  }
#endif
}

} // namespace thinnet::TARGET
