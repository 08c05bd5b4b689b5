// Float operations that are rounded exactly once on every target, for the rules that promise equal bits everywhere.
#pragma once
#include "common.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace thinnet::TARGET::exact {

// x * y + z, lane by lane.
THINNET_INLINE Vec<float> fma(Vec<float> x, Vec<float> y, Vec<float> z) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(x, y, z);
#elif defined(__FMA__)
  return _mm256_fmadd_ps(x, y, z);
#elif defined(__ARM_NEON)
  return vfmaq_f32(z, x, y);
#else
  // The product is exact in double; the sum is rounded to odd there (its error, by two-sum, moves an even last bit one
  // step towards itself), after which rounding to float cannot go wrong.
  typedef double Wide __attribute__((vector_size(2 * THINNET_VECTOR_BYTES)));
  typedef std::int64_t WideBits __attribute__((vector_size(2 * THINNET_VECTOR_BYTES)));
  typedef float Narrow __attribute__((vector_size(THINNET_VECTOR_BYTES)));
  const Wide product = __builtin_convertvector((Narrow)x, Wide) * __builtin_convertvector((Narrow)y, Wide);
  const Wide addend = __builtin_convertvector((Narrow)z, Wide);
  const Wide sum = product + addend;
  const Wide back = sum - product;
  const Wide error = (product - (sum - back)) + (addend - back);
  const WideBits inexact = (error > 0) | (error < 0); // false for the NaN that an infinite sum gives
  const WideBits even = ((WideBits)sum & 1) - 1;
  const WideBits step = ~((error > 0) ^ (sum < 0)) | 1; // 1 away from zero, -1 towards it
  return __builtin_convertvector((Wide)((WideBits)sum + (step & inexact & even)), Narrow);
#endif
}

THINNET_INLINE Vec<float> sqrt(Vec<float> x) {
#if defined(__AVX512F__)
  return _mm512_sqrt_ps(x);
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(x);
#elif defined(__SSE2__)
  return _mm_sqrt_ps(x);
#elif defined(__aarch64__)
  return vsqrtq_f32(x);
#else
  for (Size lane = 0; lane < kLanes<float>; ++lane) x[lane] = __builtin_sqrtf(x[lane]);
  return x;
#endif
}

} // namespace thinnet::TARGET::exact
