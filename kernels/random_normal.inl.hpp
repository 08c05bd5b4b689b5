// Normal numbers by PyTorch's rules: blocks of 16 (cosines first, sines behind them), or one by one with a cached partner.
#pragma once
#include "exact.inl.hpp"
#include "mt19937.inl.hpp"
#include "simd/lanes.hpp"

namespace thinnet::TARGET::rng {

constexpr double kTwoPi = 6.283185307179586;
constexpr double kTwoToMinus53 = 1.1102230246251565e-16;

THINNET_INLINE std::uint64_t pairAt(const std::uint32_t* words) {
  return static_cast<std::uint64_t>(words[0]) << 32 | words[1];
}

// A double in [0, 1) from two words: the low 53 bits of first * 2^32 + second.
THINNET_INLINE double uniformFromPair(const std::uint32_t* words) {
  return static_cast<double>(pairAt(words) & ((std::uint64_t{1} << 53) - 1)) * kTwoToMinus53;
}

// A float in [0, 1) from the low 24 bits of each word.
THINNET_INLINE Vec<float> uniformFromWords(Vec<std::uint32_t> words) {
  typedef std::int32_t Ints __attribute__((vector_size(THINNET_VECTOR_BYTES)));
  typedef float Floats __attribute__((vector_size(THINNET_VECTOR_BYTES)));
  return __builtin_convertvector((Ints)(words & 0xffffffu), Floats) * 0x1p-24f;
}

// The polynomials below meet 2^24 values each, of uniform floats: random_test.cpp tries them all in both forms of `Chain`
// (exact.inl.hpp). Products with few bits (the exponent's and the octant's with their constants, z / 2) are exact.

// The logarithm of PyTorch's AVX2 build, for u in [2^-24, 1].
template <class Chain> THINNET_INLINE Vec<float> logPolynomial(Vec<float> u) {
  typedef std::int32_t Ints __attribute__((vector_size(THINNET_VECTOR_BYTES)));
  typedef float Floats __attribute__((vector_size(THINNET_VECTOR_BYTES)));
  const Ints bits = (Ints)u;
  Vec<float> exponent = __builtin_convertvector((bits >> 23) - 126, Floats);
  const Vec<float> mantissa = (Vec<float>)((bits & 0x007fffff) | 0x3f000000);
  const Ints small = (Ints)(mantissa < 0.707106781186547524f);
  exponent -= (Vec<float>)(small & (Ints)splat(1.0f));
  const Vec<float> x = (mantissa - 1.0f) + (Vec<float>)(small & (Ints)mantissa);
  const Vec<float> z = x * x;
  const auto factor = Chain::of(x);
  auto y = Chain::constant(7.0376836292e-2f);
  constexpr float kCoefficients[] = {-1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f,
                                     -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f};
  for (const float coefficient : kCoefficients) y = Chain::sum(y, factor, Chain::constant(coefficient));
  y = Chain::sum(Chain::product(y, factor), Chain::of(z), Chain::of(exponent * -2.12194440e-4f));
  return exponent * 0.693359375f + (x + (Chain::floats(y) - z * 0.5f));
}

// Sine and cosine of PyTorch's AVX2 build, for theta in [0, 2 pi].
template <class Chain> THINNET_INLINE void sinCosPolynomials(Vec<float> theta, Vec<float>& sine, Vec<float>& cosine) {
  typedef std::int32_t Ints __attribute__((vector_size(THINNET_VECTOR_BYTES)));
  typedef float Floats __attribute__((vector_size(THINNET_VECTOR_BYTES)));
  const Ints octant = (__builtin_convertvector((Floats)(theta * 1.27323954473516f), Ints) + 1) & ~1;
  const Vec<float> turns = __builtin_convertvector(octant, Floats);
  const Vec<float> near = (theta - turns * 0.78515625f) - turns * 2.4187564849853515625e-4f;
  const auto x = Chain::sum(Chain::of(turns), Chain::constant(-3.77489497744594108e-8f), Chain::of(near));
  const auto z = Chain::product(x, x);
  auto c = Chain::constant(2.443315711809948e-5f);
  c = Chain::sum(c, z, Chain::constant(-1.388731625493765e-3f));
  c = Chain::sum(c, z, Chain::constant(4.166664568298827e-2f));
  c = Chain::sum(Chain::product(c, z), z, Chain::of(Chain::floats(z) * -0.5f));
  auto s = Chain::constant(-1.9515295891e-4f);
  s = Chain::sum(s, z, Chain::constant(8.3321608736e-3f));
  s = Chain::sum(s, z, Chain::constant(-1.6666654611e-1f));
  s = Chain::sum(Chain::product(s, z), x, x);

  const Ints sines = (Ints)Chain::floats(s), cosines = (Ints)(Chain::floats(c) + 1.0f);
  const Ints swap = -((octant >> 1) & 1); // all ones where the two change roles
  const Ints sineSign = (octant & 4) << 29;
  const Ints cosineSign = (~(octant - 2) & 4) << 29;
  sine = (Vec<float>)(((swap & cosines) | (~swap & sines)) ^ sineSign);
  cosine = (Vec<float>)(((swap & sines) | (~swap & cosines)) ^ cosineSign);
}

// The normals of one vector of uniform pairs, in standard: `cosines` belong to the first half of their blocks, `sines` to
// the second.
template <class Chain> THINNET_INLINE void boxMuller(Vec<float> u, Vec<float> v, Vec<float>& cosines, Vec<float>& sines) {
  const Vec<float> radius = exact::sqrt(-2.0f * logPolynomial<Chain>(1.0f - u));
  Vec<float> sine, cosine;
  sinCosPolynomials<Chain>(v * static_cast<float>(kTwoPi), sine, cosine);
  cosines = radius * cosine;
  sines = radius * sine;
}

// out[i] for n raw words, n a multiple of 16: one normal a word. `shift` puts mean and standard deviation on a vector.
template <class Chain, class Shift> inline void normalBlocks(const std::uint32_t* raw, Size n, const Shift& shift, float* out) {
  Vec<float> cosines, sines;
#if THINNET_VECTOR_BYTES == 64
  // Two blocks at a time; the missing one behind an odd number of blocks is computed from zeros.
  for (Size block = 0; block < n; block += 32) {
    const bool two = block + 32 <= n;
    const Vec<std::uint32_t> a = load(raw + block), b = two ? load(raw + block + 16) : Vec<std::uint32_t>{};
    const Vec<std::uint32_t> firsts = THINNET_LANES(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    const Vec<std::uint32_t> seconds = THINNET_LANES(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    boxMuller<Chain>(uniformFromWords(temper(firsts)), uniformFromWords(temper(seconds)), cosines, sines);
    store(out + block, shift(THINNET_LANES(cosines, sines, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)));
    if (!two) return;
    store(out + block + 16, shift(THINNET_LANES(cosines, sines, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)));
  }
#else
  for (Size block = 0; block < n; block += 16) {
    for (Size j = block; j < block + 8; j += kLanes<float>) {
      boxMuller<Chain>(uniformFromWords(temper(load(raw + j))), uniformFromWords(temper(load(raw + j + 8))), cosines, sines);
      store(out + j, shift(cosines));
      store(out + j + 8, shift(sines));
    }
  }
#endif
}

template <class Chain> inline void normalBlocks(const std::uint32_t* raw, Size n, float mean, float std, float* out) {
  // Where one of the two operations is exact, the other rounds. (A product too small for a float would lose its sign to
  // the sum with 0.)
  if (exact::isPowerOfTwo(std) || (mean == 0 && std > 0x1p-60f)) normalBlocks<Chain>(raw, n, [=](Vec<float> x) { return x * std + mean; }, out);
  else normalBlocks<Chain>(raw, n, [=](Vec<float> x) { return exact::fma(x, splat(std), splat(mean)); }, out);
}

inline void normalBlocks(const std::uint32_t* raw, Size n, float mean, float std, float* out) {
#if defined(__FMA__) || defined(__aarch64__)
  normalBlocks<exact::Fused>(raw, n, mean, std, out);
#else
#if defined(__wasm_relaxed_simd__)
  if (exact::relaxedFuses()) return normalBlocks<exact::Fused>(raw, n, mean, std, out);
#endif
  normalBlocks<exact::Doubled>(raw, n, mean, std, out);
#endif
}

// The same in double, two words a normal, with the C library's functions: equal to PyTorch up to one unit in the last place.
inline void normalBlocks(const std::uint32_t* raw, Size n, double mean, double std, double* out) {
  for (Size block = 0; block < n; block += 32) {
    std::uint32_t words[32];
    for (Size i = 0; i < 32; ++i) words[i] = temper(raw[block + i]);
    for (Size j = 0; j < 8; ++j) {
      const double radius = __builtin_sqrt(-2.0 * __builtin_log(1.0 - uniformFromPair(words + 2 * j)));
      const double theta = kTwoPi * uniformFromPair(words + 16 + 2 * j);
      out[block / 2 + j] = __builtin_fma(radius * __builtin_cos(theta), std, mean);
      out[block / 2 + j + 8] = __builtin_fma(radius * __builtin_sin(theta), std, mean);
    }
  }
}

// n >= 16 normals. A last block that is not full is drawn again: its own words are skipped, and 16 fresh normals replace
// the last 16 elements.
template <class T> void fillNormalBlocks(GeneratorState& state, T* out, Size n, T mean, T std) {
  constexpr Size kWords = sizeof(T) / sizeof(float); // per element
  T* next = out;
  const auto fill = [&](const std::uint32_t* raw, Size words) {
    normalBlocks(raw, words, mean, std, next);
    next += words / kWords;
  };
  drawRaw(state, n / 16 * 16 * kWords, 16 * kWords, fill);
  if (n % 16 == 0) return;
  drawRaw(state, n % 16 * kWords, 1, [](const std::uint32_t*, Size) {});
  next = out + n - 16;
  drawRaw(state, 16 * kWords, 16 * kWords, fill);
}

// Normals one by one: a pair of uniforms gives two, the second of which waits in the state for the next call.
template <class T> void fillNormalPairs(GeneratorState& state, T* out, Size n, double mean, double std) {
  Size i = 0;
  if (n > 0 && state.hasNormal == 1) {
    state.hasNormal = 0;
    out[i++] = static_cast<T>(__builtin_fma(state.cachedNormal, std, mean));
  }
  drawWords(state, (n - i + 1) / 2 * 4, 4, [&](const std::uint32_t* words, Size count) {
    for (Size k = 0; k < count; k += 4) {
      const double theta = kTwoPi * uniformFromPair(words + k);
      const double radius = __builtin_sqrt(-2.0 * __builtin_log1p(-uniformFromPair(words + k + 2)));
      out[i++] = static_cast<T>(__builtin_fma(radius * __builtin_cos(theta), std, mean));
      const double partner = radius * __builtin_sin(theta);
      if (i < n) {
        out[i++] = static_cast<T>(__builtin_fma(partner, std, mean));
      } else {
        state.cachedNormal = partner;
        state.hasNormal = 1;
      }
    }
  });
}

} // namespace thinnet::TARGET::rng
