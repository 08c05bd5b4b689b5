// Elementary functions on vectors. float32: polynomials, within 2 units in the last place, right at zeros, infinities,
// NaN, denormals and the overflow limits. float64: the C library, lane by lane.
#pragma once
#include "exact.inl.hpp"

namespace thinnet::TARGET::math {

using Bits = Vec<std::int32_t>;
using UnsignedBits = Vec<std::uint32_t>;

template <class T> struct Plain { using type = T; };
template <class T> struct Plain<T&> { using type = T; };
// The element type of a vector type.
template <class V> using ElementOf = typename Plain<decltype((*static_cast<V*>(nullptr))[0])>::type;

// A constant in every lane of a vector like `x`.
template <class V> THINNET_INLINE V like(V, double constant) { return static_cast<ElementOf<V>>(constant) - V{}; }

// f(x[lane]...) in every lane, computed in double.
template <class V, class F> THINNET_INLINE V eachLane(V x, const F& f) {
  for (Size lane = 0; lane < kLanes<ElementOf<V>>; ++lane) x[lane] = static_cast<ElementOf<V>>(f(static_cast<double>(x[lane])));
  return x;
}

#define THINNET_LIBM(name) \
  inline __attribute__((noinline)) Vec<double> name(Vec<double> x) { return eachLane(x, [](double v) { return __builtin_##name(v); }); }
THINNET_LIBM(exp)
THINNET_LIBM(expm1)
THINNET_LIBM(log)
THINNET_LIBM(log1p)
THINNET_LIBM(log2)
THINNET_LIBM(sin)
THINNET_LIBM(cos)
THINNET_LIBM(tanh)
THINNET_LIBM(erf)
#undef THINNET_LIBM

THINNET_INLINE Vec<float> sqrt(Vec<float> x) { return exact::sqrt(x); }
THINNET_INLINE Vec<double> sqrt(Vec<double> x) {
  return eachLane(x, [](double v) { return __builtin_sqrt(v); });
}

THINNET_INLINE Vec<float> abs(Vec<float> x) { return (Vec<float>)((Bits)x & 0x7fffffff); }
THINNET_INLINE Vec<double> abs(Vec<double> x) { return (Vec<double>)((Vec<std::int64_t>)x & 0x7fffffffffffffff); }
THINNET_INLINE UnsignedBits abs(Bits x) { return x < 0 ? -(UnsignedBits)x : (UnsignedBits)x; }
THINNET_INLINE Vec<std::uint8_t> abs(Vec<std::uint8_t> x) { return x; }

// The first one's magnitude, which must not be negative, with the second one's sign.
THINNET_INLINE Vec<float> withSign(Vec<float> x, Vec<float> sign) { return (Vec<float>)((Bits)x | ((Bits)sign & INT32_MIN)); }
THINNET_INLINE Vec<double> withSign(Vec<double> x, Vec<double> sign) {
  return (Vec<double>)((Vec<std::int64_t>)x | ((Vec<std::int64_t>)sign & INT64_MIN));
}

// The nearest whole number to |x|, halves to even, and what `adjust` makes of it, with x's sign. Adding 2^23 (2^52) leaves
// no room for a fraction; larger numbers have none, and come back as they are. So do integers.
template <class V, class Adjust> THINNET_INLINE V rounded(V x, const Adjust& adjust) {
  if constexpr (ElementOf<V>(0.5) == 0) {
    return x;
  } else {
    const V limit = like(x, sizeof(x[0]) == sizeof(float) ? 0x1p23 : 0x1p52), magnitude = abs(x);
    return magnitude < limit ? withSign(adjust((magnitude + limit) - limit, magnitude), x) : x;
  }
}
template <class V> THINNET_INLINE V round(V x) {
  return rounded(x, [](V nearest, V) { return nearest; });
}
template <class V> THINNET_INLINE V trunc(V x) {
  return rounded(x, [](V nearest, V magnitude) { return nearest > magnitude ? nearest - like(nearest, 1) : nearest; });
}
template <class V> THINNET_INLINE V floor(V x) {
  const V whole = trunc(x);
  return whole > x ? whole - like(x, 1) : whole;
}
template <class V> THINNET_INLINE V ceil(V x) {
  const V whole = trunc(x);
  return whole < x ? whole + like(x, 1) : whole; // -0.5 becomes -0 by trunc alone
}

// c[0]·x^(n-1) + ... + c[n-1]
template <Size n> THINNET_INLINE Vec<float> polynomial(Vec<float> x, const float (&c)[n]) {
  Vec<float> y = splat(c[0]);
  for (Size i = 1; i < n; ++i) y = y * x + splat(c[i]);
  return y;
}

// x = n·log 2 + r with n whole and |r| <= log(2)/2; and e^r = 1 + (r + rest).
struct ReducedExp {
  Bits n;
  Vec<float> r, rest;
};
THINNET_INLINE ReducedExp reduceExp(Vec<float> x) {
  const Vec<float> magic = splat(0x1.8p23f);
  const Vec<float> shifted = x * splat(1.44269504088896341f) + magic;
  const Vec<float> n = shifted - magic;
  const Vec<float> r = (x - n * splat(0.693359375f)) - n * splat(-2.12194440e-4f); // the first product is exact
  const float c[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
  return {(Bits)((UnsignedBits)shifted - (UnsignedBits)magic), r, polynomial(r, c) * (r * r)};
}
// 2^n for n in [-126, 127].
THINNET_INLINE Vec<float> powerOfTwo(Bits n) { return (Vec<float>)(((UnsignedBits)n + 127u) << 23); }

// A comparison's result. With relaxed SIMD, Clang 22 takes `x < low ? low : x` for relaxed_max, which may drop a NaN: so it
// must not see where the mask comes from.
template <class Mask> THINNET_INLINE Mask opaque(Mask mask) {
#if defined(__wasm_relaxed_simd__)
  asm("" : "+r"(mask));
#endif
  return mask;
}

// x held within [low, high]; NaN stays.
template <class V> THINNET_INLINE V clamp(V x, V low, V high) {
  const V raised = opaque(x < low) ? low : x;
  return opaque(raised > high) ? high : raised;
}

THINNET_INLINE Vec<float> exp(Vec<float> x) {
  const ReducedExp e = reduceExp(clamp(x, splat(-105.0f), splat(89.0f)));
  const Bits half = e.n >> 1; // in two steps: 2^n itself may overflow or be denormal
  return ((e.rest + e.r) + splat(1.0f)) * powerOfTwo(half) * powerOfTwo((Bits)((UnsignedBits)e.n - (UnsignedBits)half));
}

THINNET_INLINE Vec<float> expm1(Vec<float> x) {
  const ReducedExp e = reduceExp(clamp(x, splat(-20.0f), splat(89.0f)));
  const Vec<float> half = powerOfTwo((Bits)((UnsignedBits)e.n - 1u));
  const Vec<float> y = (half * (e.rest + e.r) + (half - splat(0.5f))) * splat(2.0f);
  return x == Vec<float>{} ? x : y; // keeps -0
}

// x = 2^exponent · m with m in [sqrt(1/2), sqrt(2)), log m = f + rest, f = m - 1. For finite x > 0.
struct ReducedLog {
  Vec<float> exponent, f, rest;
};
THINNET_INLINE ReducedLog reduceLog(Vec<float> x) {
  const Bits denormal = x < splat(0x1p-126f);
  const Vec<float> normal = denormal ? x * splat(0x1p23f) : x;
  const Bits exponent = (Bits)((UnsignedBits)normal - 0x3f3504f3u) >> 23;
  const Vec<float> f = (Vec<float>)((UnsignedBits)normal - ((UnsignedBits)exponent << 23)) - splat(1.0f);
  const float c[] = {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f,
                     -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f};
  const Vec<float> square = f * f;
  const Vec<float> rest = polynomial(f, c) * f * square - square * splat(0.5f);
  return {__builtin_convertvector(exponent, Vec<float>) - (denormal ? splat(23.0f) : Vec<float>{}), f, rest};
}
// `y` where x is finite and positive, else what a logarithm of x is.
THINNET_INLINE Vec<float> logLimits(Vec<float> x, Vec<float> y) {
  const Vec<float> infinity = splat(__builtin_inff());
  const Vec<float> beyond = x == Vec<float>{} ? -infinity : x < Vec<float>{} ? splat(__builtin_nanf("")) : x;
  return ((x > Vec<float>{}) & (x < infinity)) ? y : beyond;
}

THINNET_INLINE Vec<float> log(Vec<float> x) {
  const ReducedLog l = reduceLog(x);
  return logLimits(x, (l.f + (l.rest + l.exponent * splat(-2.12194440e-4f))) + l.exponent * splat(0.693359375f));
}
THINNET_INLINE Vec<float> log2(Vec<float> x) {
  const ReducedLog l = reduceLog(x);
  return logLimits(x, (l.f + l.rest) * splat(1.44269504088896341f) + l.exponent);
}
// log(1 + x), from u = 1 + x rounded and what the rounding lost.
THINNET_INLINE Vec<float> log1p(Vec<float> x) {
  const Vec<float> one = splat(1.0f), u = one + x;
  const Vec<float> lost = x - (u - one);
  const Vec<float> y = log(u);
  const Vec<float> corrected = ((u > Vec<float>{}) & (u < splat(__builtin_inff()))) ? y + lost / u : y;
  return u == one ? x : corrected;
}

THINNET_INLINE Vec<float> tanh(Vec<float> x) {
  const Vec<float> one = splat(1.0f), square = x * x, magnitude = abs(x);
  const float c[] = {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f};
  const Vec<float> small = magnitude * (polynomial(square, c) * square) + magnitude;
  const Vec<float> large = one - splat(2.0f) / (exp(magnitude + magnitude) + one);
  return withSign(magnitude < splat(0.625f) ? small : large, x);
}

// The error function, after N. Juffa: an odd polynomial, and 1 - e^polynomial from 0.93 on.
THINNET_INLINE Vec<float> erf(Vec<float> x) {
  const Vec<float> square = x * x, magnitude = clamp(abs(x), Vec<float>{}, splat(4.0f));
  const float c[] = {-5.96761703e-4f, 4.99119423e-3f, -2.67681349e-2f, 1.12819925e-1f, -3.76125336e-1f, 1.28379166e-1f};
  const float d[] = {-1.72853470e-5f, 3.83197126e-4f, -3.88396438e-3f, 2.42546219e-2f, -1.06777877e-1f, -6.34846687e-1f, -1.28717512e-1f};
  const Vec<float> small = x * polynomial(square, c) + x;
  const Vec<float> large = splat(1.0f) - exp(magnitude * polynomial(magnitude, d) - magnitude);
  return magnitude < splat(0.927734375f) ? small : withSign(large, x); // NaN is not below, and stays
}

// 1 / (1 + e^-x), from e^-|x|, which never overflows.
template <class V> THINNET_INLINE V sigmoid(V x) {
  const V e = exp(-abs(x)), one = like(x, 1);
  return (x < V{} ? e : one) / (one + e);
}

// kLanes<double> floats as doubles, and the way back.
typedef float HalfVector __attribute__((vector_size(THINNET_VECTOR_BYTES / 2), aligned(1), may_alias));
THINNET_INLINE Vec<double> loadWide(const float* p) { return __builtin_convertvector(*reinterpret_cast<const HalfVector*>(p), Vec<double>); }
THINNET_INLINE Vec<double> loadWide(const double* p) { return load(p); }
THINNET_INLINE void storeNarrow(float* p, Vec<double> v) { *reinterpret_cast<HalfVector*>(p) = __builtin_convertvector(v, HalfVector); }

// sin(x + quarters · π/2) for |x| < 10^6, by Taylor polynomials on [-π/4, π/4].
THINNET_INLINE Vec<double> sinOfQuarters(Vec<double> x, int quarters) {
  const Vec<double> magic = splat(0x1.8p52);
  const Vec<double> shifted = x * splat(0.63661977236758134308) + magic;
  const Vec<double> n = shifted - magic;
  const Vec<double> r = (x - n * splat(1.57079632673412561417)) - n * splat(6.07710050650619224932e-11); // the first product is exact
  const Vec<double> z = r * r;
  const Vec<double> sine = r * (1.0 + z * (-1.0 / 6 + z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880)))));
  const Vec<double> cosine = 1.0 + z * (-0.5 + z * (1.0 / 24 + z * (-1.0 / 720 + z * (1.0 / 40320 + z * (-1.0 / 3628800)))));
  const Vec<std::int64_t> quadrant = (Vec<std::int64_t>)shifted + quarters;
  const Vec<double> y = (quadrant & 1) != 0 ? cosine : sine;
  return (quadrant & 2) != 0 ? -y : y;
}
inline __attribute__((noinline)) Vec<float> sinOfQuarters(Vec<float> v, int quarters) {
  float x[kLanes<float>];
  store(x, v);
  for (Size i = 0; i < kLanes<float>; i += kLanes<double>) storeNarrow(x + i, sinOfQuarters(loadWide(x + i), quarters));
  for (Size lane = 0; lane < kLanes<float>; ++lane) {
    const double far = static_cast<double>(v[lane]);
    if (!(__builtin_fabs(far) < 1e6)) x[lane] = static_cast<float>(quarters ? __builtin_cos(far) : __builtin_sin(far));
  }
  return load(x);
}
THINNET_INLINE Vec<float> sin(Vec<float> x) { return sinOfQuarters(x, 0); }
THINNET_INLINE Vec<float> cos(Vec<float> x) { return sinOfQuarters(x, 1); }

} // namespace thinnet::TARGET::math
