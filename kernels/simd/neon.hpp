#pragma once
#include <arm_neon.h>

namespace thinnet::TARGET {

constexpr Size kVectorRegisters = 32;

THINNET_INLINE Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return (Vec<float>)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
THINNET_INLINE Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return (Vec<double>)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b); }

template <class T> constexpr Size kWindowSpan = 0; // no permutation by variable lanes

} // namespace thinnet::TARGET
