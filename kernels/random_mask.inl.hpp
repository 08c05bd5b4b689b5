// Bernoulli bits, 64 at a time: the hot path of dropout with a mask for each example.
#pragma once
#include "mt19937.inl.hpp"
#include "simd/lanes.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace thinnet::TARGET::rng {

// The smallest t with t * 2^-53 >= p: the uniform double of 53 random bits is below p exactly if the bits are below t.
// 0 for NaN, which nothing is below.
inline std::uint64_t thresholdOf(double p) {
  if (!(p > 0)) return 0;
  if (p >= 1) return std::uint64_t{1} << 53;
  const double scaled = p * 0x1p53; // exact
  const std::uint64_t whole = static_cast<std::uint64_t>(scaled);
  return whole + (static_cast<double>(whole) < scaled);
}

// One bit a lane, lane 0 lowest, of a comparison's result (all ones or zeros in each lane).
THINNET_INLINE std::uint32_t bitsOf(Vec<std::int32_t> lanes) {
#if defined(__AVX512F__)
  return _mm512_movepi32_mask((__m512i)lanes);
#elif defined(__AVX2__)
  return static_cast<std::uint32_t>(_mm256_movemask_ps((__m256)lanes));
#elif defined(__SSE2__)
  return static_cast<std::uint32_t>(_mm_movemask_ps((__m128)lanes));
#elif defined(__aarch64__)
  const uint32x4_t weights = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32((uint32x4_t)lanes, weights));
#elif defined(__wasm_simd128__)
  return static_cast<std::uint32_t>(wasm_i32x4_bitmask((v128_t)lanes));
#else
  std::uint32_t bits = 0;
  for (Size lane = 0; lane < kLanes<std::int32_t>; ++lane) bits |= (lanes[lane] & 1u) << lane;
  return bits;
#endif
}

// The first words of `kLanes` consecutive pairs.
THINNET_INLINE Vec<std::uint32_t> firstsOfPairs(const std::uint32_t* pairs) {
  const Vec<std::uint32_t> a = load(pairs), b = load(pairs + kLanes<std::uint32_t>);
#if THINNET_VECTOR_BYTES == 64
  return THINNET_LANES(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
#elif THINNET_VECTOR_BYTES == 32
  return THINNET_LANES(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
#else
  return THINNET_LANES(a, b, 0, 2, 4, 6);
#endif
}

// 64 Bernoulli bits from 128 raw words. The first word of a pair holds the 21 high bits of the 53, which decide alone
// unless they equal the threshold's: only then is the second word tempered at all.
THINNET_INLINE std::uint64_t bernoulliBits(const std::uint32_t* raw, std::uint64_t threshold) {
  constexpr Size kStep = kLanes<std::uint32_t>;
  const std::int32_t high = static_cast<std::int32_t>(threshold >> 32);
  const std::uint32_t low = static_cast<std::uint32_t>(threshold);
  std::uint64_t below = 0;
  Vec<std::int32_t> undecided{};
  for (Size i = 0; i < 64; i += kStep) {
    const Vec<std::int32_t> highs = (Vec<std::int32_t>)(temper(firstsOfPairs(raw + 2 * i)) & 0x1fffffu);
    below |= static_cast<std::uint64_t>(bitsOf(highs < high)) << i;
    undecided |= highs == high;
  }
  if (__builtin_expect(bitsOf(undecided) != 0, 0)) {
    for (Size i = 0; i < 64; ++i) {
      const bool equal = (temper(raw[2 * i]) & 0x1fffffu) == static_cast<std::uint32_t>(high);
      below |= static_cast<std::uint64_t>(equal && temper(raw[2 * i + 1]) < low) << i;
    }
  }
  return below;
}

// Draws n Bernoulli bits and hands them to consume(bits, count) in order, 64 at a time (the last may have fewer; bits
// beyond `count` are zero).
template <class Consume> inline void drawBernoulli(GeneratorState& state, Size n, double p, const Consume& consume) {
  const std::uint64_t threshold = thresholdOf(p);
  drawRaw(state, 2 * n, 128, [&](const std::uint32_t* raw, Size words) {
    Size i = 0;
    for (; i + 128 <= words; i += 128) consume(bernoulliBits(raw + i, threshold), Size{64});
    if (i == words) return;
    std::uint32_t padded[128] = {};
    const Size count = (words - i) / 2;
    __builtin_memcpy(padded, raw + i, static_cast<std::size_t>(words - i) * sizeof(std::uint32_t));
    consume(bernoulliBits(padded, threshold) & ((std::uint64_t{1} << count) - 1), count);
  });
}

} // namespace thinnet::TARGET::rng
