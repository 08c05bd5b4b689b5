// Relaxed: the engine fuses or not, as its processor does.
#pragma once
#include <wasm_simd128.h>

namespace thinnet::TARGET {

constexpr Size kVectorRegisters = 16;

// The builtin was renamed in LLVM 16.
#if __clang_major__ >= 16
THINNET_INLINE Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return (Vec<float>)__builtin_wasm_relaxed_madd_f32x4((__f32x4)a, (__f32x4)b, (__f32x4)c); }
THINNET_INLINE Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return (Vec<double>)__builtin_wasm_relaxed_madd_f64x2((__f64x2)a, (__f64x2)b, (__f64x2)c); }
#else
THINNET_INLINE Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return (Vec<float>)__builtin_wasm_fma_f32x4((__f32x4)a, (__f32x4)b, (__f32x4)c); }
THINNET_INLINE Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return (Vec<double>)__builtin_wasm_fma_f64x2((__f64x2)a, (__f64x2)b, (__f64x2)c); }
#endif

template <class T> constexpr Size kWindowSpan = 0; // no permutation by variable lanes

} // namespace thinnet::TARGET
