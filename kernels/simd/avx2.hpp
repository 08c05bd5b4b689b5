#pragma once
#include <immintrin.h>

namespace thinnet::TARGET {

constexpr Size kVectorRegisters = 16;

THINNET_INLINE Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return (Vec<float>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
THINNET_INLINE Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return (Vec<double>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c); }

} // namespace thinnet::TARGET
