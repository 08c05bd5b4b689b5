#pragma once
#include <immintrin.h>

namespace thinnet::TARGET {

constexpr Size kVectorRegisters = 32;

THINNET_INLINE Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return (Vec<float>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
THINNET_INLINE Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return (Vec<double>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c); }

} // namespace thinnet::TARGET
