#pragma once
#include <immintrin.h>

namespace thinnet::TARGET {

constexpr Size kVectorRegisters = 32;

THINNET_INLINE Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return (Vec<float>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
THINNET_INLINE Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return (Vec<double>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c); }

// Picks lane i from source[index[i] - start], for index[i] - start in [0, kWindowSpan); other lanes are anything.
template <class T> constexpr Size kWindowSpan = 2 * kLanes<T>;
THINNET_INLINE Vec<float> pickWindow(const float* source, const std::int32_t* index, std::int32_t start) {
  const __m512i lane = _mm512_sub_epi32(_mm512_loadu_si512(index), _mm512_set1_epi32(start));
  return (Vec<float>)_mm512_permutex2var_ps(_mm512_loadu_ps(source), lane, _mm512_loadu_ps(source + 16));
}
THINNET_INLINE Vec<double> pickWindow(const double* source, const std::int32_t* index, std::int32_t start) {
  const __m256i lane = _mm256_sub_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(index)), _mm256_set1_epi32(start));
  return (Vec<double>)_mm512_permutex2var_pd(_mm512_loadu_pd(source), _mm512_maskz_cvtepi32_epi64(0xff, lane), _mm512_loadu_pd(source + 8));
}

} // namespace thinnet::TARGET
