// x86-64 without extensions, WASM without relaxed SIMD, anything else: no fused multiply-add.
#pragma once

namespace thinnet::TARGET {

constexpr Size kVectorRegisters = 16;

THINNET_INLINE Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return a * b + c; }
THINNET_INLINE Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return a * b + c; }

template <class T> constexpr Size kWindowSpan = 0; // no permutation by variable lanes

} // namespace thinnet::TARGET
