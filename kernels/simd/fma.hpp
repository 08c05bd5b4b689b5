// The fused multiply-add of the target: fma(a, b, c) = a * b + c, element by element.
//
// GCC 12 has no generic one for vectors, and -ffp-contract=off keeps `a * b + c` apart. Where the processor has none, this
// is a product and a sum, rounded twice: kernels that use it state a bound, not exact bits.
#pragma once
#include "../common.hpp"

#if defined(__AVX512F__)
#include "avx512.hpp"
#elif defined(__FMA__)
#include "avx2.hpp"
#elif defined(__aarch64__)
#include "neon.hpp"
#elif defined(__wasm_relaxed_simd__)
#include "wasm_relaxed.hpp"
#else
#include "plain.hpp"
#endif
