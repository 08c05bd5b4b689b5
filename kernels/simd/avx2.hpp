#pragma once
#include <immintrin.h>

namespace thinnet::TARGET {

constexpr Size kVectorRegisters = 16;

THINNET_INLINE Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return (Vec<float>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
THINNET_INLINE Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return (Vec<double>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c); }

// Picks lane i from source[index[i] - start], for index[i] - start in [0, kWindowSpan); other lanes are anything.
template <class T> constexpr Size kWindowSpan = sizeof(T) == 4 ? 16 : 0; // no permutation of doubles by variable lanes
THINNET_INLINE Vec<float> pickWindow(const float* source, const std::int32_t* index, std::int32_t start) {
  const __m256i lane = _mm256_sub_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(index)), _mm256_set1_epi32(start));
  const __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(source), lane);
  const __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(source + 8), lane);
  return (Vec<float>)_mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(lane, 28)));
}

} // namespace thinnet::TARGET
