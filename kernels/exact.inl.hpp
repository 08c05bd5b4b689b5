// Float operations that are rounded exactly once on every target, for the rules that promise equal bits everywhere.
#pragma once
#include "simd/lanes.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace thinnet::TARGET::exact {

#if !defined(__FMA__) && !defined(__aarch64__)
typedef double Wide __attribute__((vector_size(16)));
typedef std::int32_t WideHalves __attribute__((vector_size(16)));

// The lower and upper two floats of a vector as doubles, and the way back.
THINNET_INLINE Wide widenLow(Vec<float> x) {
#if defined(__SSE2__)
  return _mm_cvtps_pd(x);
#else
  return __builtin_convertvector(__builtin_shufflevector(x, x, 0, 1), Wide);
#endif
}
THINNET_INLINE Wide widenHigh(Vec<float> x) { return widenLow(THINNET_LANES(x, x, 2, 3, 2, 3)); }
THINNET_INLINE Vec<float> narrow(Wide low, Wide high) {
#if defined(__SSE2__)
  return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
#else
  typedef float Half __attribute__((vector_size(8)));
  return __builtin_shufflevector(__builtin_convertvector(low, Half), __builtin_convertvector(high, Half), 0, 1, 2, 3);
#endif
}

THINNET_INLINE bool any(WideHalves lanes) {
#if defined(__SSE2__)
  return _mm_movemask_ps((__m128)lanes) != 0;
#elif defined(__wasm_simd128__)
  return wasm_v128_any_true((v128_t)lanes);
#else
  return (lanes[0] | lanes[1] | lanes[2] | lanes[3]) != 0;
#endif
}

// Not zero where rounding `sum` from double to float could differ from rounding the exact sum: in the middle between two
// floats (low 29 bits 100...0), or below the normal floats, which have fewer bits.
THINNET_INLINE WideHalves doubtful(Wide sum) {
  const WideHalves mask = {0x1fffffff, 0x7ff00000, 0x1fffffff, 0x7ff00000};
  const WideHalves middle = {0x10000000, 0, 0x10000000, 0};
  const WideHalves bound = {1, 0x38100000, 1, 0x38100000};
  return (((WideHalves)sum & mask) ^ middle) < bound;
}

// The sum rounded to odd: its error, by two-sum, moves an even last bit one step towards itself. Rounding that to float
// cannot go wrong.
inline double addToOdd(double a, double b) {
  const double sum = a + b;
  const double back = sum - a;
  const double error = (a - (sum - back)) + (b - back);
  std::int64_t bits;
  __builtin_memcpy(&bits, &sum, sizeof(bits));
  if ((error > 0 || error < 0) && (bits & 1) == 0) bits += (error > 0) == (sum > 0) ? 1 : -1;
  double odd;
  __builtin_memcpy(&odd, &bits, sizeof(odd));
  return odd;
}

inline __attribute__((noinline)) Vec<float> fmaOfDoubtful(Vec<float> x, Vec<float> y, Vec<float> z) {
  for (Size lane = 0; lane < kLanes<float>; ++lane) {
    z[lane] = static_cast<float>(addToOdd(static_cast<double>(x[lane]) * static_cast<double>(y[lane]), static_cast<double>(z[lane])));
  }
  return z;
}
#endif

#if defined(__wasm_relaxed_simd__)
#if __clang_major__ >= 16
THINNET_INLINE Vec<float> relaxedFma(Vec<float> x, Vec<float> y, Vec<float> z) { return (Vec<float>)__builtin_wasm_relaxed_madd_f32x4((__f32x4)x, (__f32x4)y, (__f32x4)z); }
#else
THINNET_INLINE Vec<float> relaxedFma(Vec<float> x, Vec<float> y, Vec<float> z) { return (Vec<float>)__builtin_wasm_fma_f32x4((__f32x4)x, (__f32x4)y, (__f32x4)z); }
#endif

// True if this engine's relaxed product and sum is rounded once; the standard lets it choose, but not change its mind.
THINNET_INLINE bool relaxedFuses() {
  const Vec<float> x = splat(1.0f + 0x1p-12f);
  return relaxedFma(x, x, splat(-1.0f - 0x1p-11f))[0] != 0; // 2^-24, which is lost where the product is rounded
}
#endif

// x * y + z, lane by lane. Where the processor has no such instruction: the product is exact in double, and so, but for
// the rare doubtful case, is float's rounding of the double sum.
THINNET_INLINE Vec<float> fma(Vec<float> x, Vec<float> y, Vec<float> z) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(x, y, z);
#elif defined(__FMA__)
  return _mm256_fmadd_ps(x, y, z);
#elif defined(__aarch64__)
  return vfmaq_f32(z, x, y);
#else
#if defined(__wasm_relaxed_simd__)
  if (relaxedFuses()) return relaxedFma(x, y, z);
#endif
  const Wide low = widenLow(x) * widenLow(y) + widenLow(z);
  const Wide high = widenHigh(x) * widenHigh(y) + widenHigh(z);
  if (__builtin_expect(any(doubtful(low) | doubtful(high)), 0)) return fmaOfDoubtful(x, y, z);
  return narrow(low, high);
#endif
}

THINNET_INLINE Vec<double> fma(Vec<double> x, Vec<double> y, Vec<double> z) {
#if defined(__AVX512F__)
  return _mm512_fmadd_pd(x, y, z);
#elif defined(__FMA__)
  return _mm256_fmadd_pd(x, y, z);
#elif defined(__aarch64__)
  return vfmaq_f64(z, x, y);
#else
  for (Size lane = 0; lane < kLanes<double>; ++lane) z[lane] = __builtin_fma(x[lane], y[lane], z[lane]);
  return z;
#endif
}

THINNET_INLINE Vec<float> sqrt(Vec<float> x) {
#if defined(__AVX512F__)
  return _mm512_maskz_sqrt_ps(0xffff, x); // the plain one trips GCC 12 into a warning
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(x);
#elif defined(__SSE2__)
  return _mm_sqrt_ps(x);
#elif defined(__aarch64__)
  return vsqrtq_f32(x);
#elif defined(__wasm_simd128__)
  return (Vec<float>)wasm_f32x4_sqrt((v128_t)x);
#else
  for (Size lane = 0; lane < kLanes<float>; ++lane) x[lane] = __builtin_sqrtf(x[lane]);
  return x;
#endif
}

// True if a product with x is exact, since x is a power of two of moderate size: then a product and a sum round once.
template <class T> THINNET_INLINE bool isPowerOfTwo(T x) {
  const double wide = static_cast<double>(x);
  std::uint64_t bits;
  __builtin_memcpy(&bits, &wide, sizeof(bits));
  return (bits & 0xfffffffffffffu) == 0 && wide >= 0x1p-60 && wide <= 0x1p60;
}

// Chains of products and sums, each operation rounded once to float, in two forms. A chain is entered by `of` and left by
// `floats`; `product` is x * y, `sum` is x * y + z.

// On floats, where the target fuses.
struct Fused {
  using Value = Vec<float>;
  static THINNET_INLINE Value of(Vec<float> x) { return x; }
  static THINNET_INLINE Value constant(float x) { return splat(x); }
  static THINNET_INLINE Vec<float> floats(Value x) { return x; }
  static THINNET_INLINE Value product(Value x, Value y) { return x * y; }
#if defined(__wasm_relaxed_simd__)
  static THINNET_INLINE Value sum(Value x, Value y, Value z) { return relaxedFma(x, y, z); }
#else
  static THINNET_INLINE Value sum(Value x, Value y, Value z) { return fma(x, y, z); }
#endif
};

#if !defined(__FMA__) && !defined(__aarch64__)
// On doubles that hold floats, where it does not: rounded to double and then to float, without a look for the doubtful
// case. To be used where all inputs were tried, and none is one.
struct Doubled {
  struct Value {
    Wide low, high;
  };
  static THINNET_INLINE Value of(Vec<float> x) { return {widenLow(x), widenHigh(x)}; }
  static THINNET_INLINE Value constant(float x) { return {Wide{x, x}, Wide{x, x}}; }
  static THINNET_INLINE Vec<float> floats(Value x) { return narrow(x.low, x.high); }
  static THINNET_INLINE Value product(Value x, Value y) { return {rounded(x.low * y.low), rounded(x.high * y.high)}; }
  static THINNET_INLINE Value sum(Value x, Value y, Value z) { return {rounded(x.low * y.low + z.low), rounded(x.high * y.high + z.high)}; }

  // To the 24 bits of a float, by Veltkamp's splitting: three operations, where the conversion there and back takes more.
  // No exponent of a float is left or lost; that a tie may go the other way is the doubtful case again.
  static THINNET_INLINE Wide rounded(Wide x) {
    const Wide scaled = x * 536870913.0; // 2^29 + 1
    return scaled - (scaled - x);
  }
};
#endif

} // namespace thinnet::TARGET::exact
