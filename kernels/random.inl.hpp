// Random numbers and dropout masks: PyTorch's CPU draw rules, the same words and the same bits on every target.
//
// Every kernel takes the address of a GeneratorState (generator_state.hpp), aligned to 8 bytes, and leaves it as PyTorch's
// generator would be left. Outputs are contiguous, in the order of drawing, and may have any alignment; n may be 0.
// All of it runs on the calling thread: one generator is one sequence. "w" is a word, "ww" first * 2^32 + second.
#pragma once
#include "mt19937.inl.hpp"
#include "random_mask.inl.hpp"
#include "random_normal.inl.hpp"

namespace thinnet::TARGET {

namespace rng {

THINNET_INLINE GeneratorState& stateAt(Ptr state) { return *static_cast<GeneratorState*>(state); }

// Calls body(T{}) with the type that `dtype` names. bool is stored as a byte.
template <class Body> THINNET_INLINE void withType(Size dtype, const Body& body) {
  switch (dtype) {
  case kFloat32: return body(float{});
  case kFloat64: return body(double{});
  case kInt32: return body(std::int32_t{});
  case kUint8:
  case kBool: return body(std::uint8_t{});
  }
}

// The same for the types that continuous distributions have.
template <class Body> THINNET_INLINE void withFloat(Size dtype, const Body& body) {
  if (dtype == kFloat32) body(float{});
  else body(double{});
}

// out[i] = value(words), each from `kWords` fresh words.
template <Size kWords, class T, class Value>
inline void fillFromWords(GeneratorState& state, T* out, Size n, const Value& value) {
  drawWords(state, n * kWords, kWords, [&](const std::uint32_t* words, Size count) {
    for (Size k = 0; k < count; k += kWords) *out++ = value(words + k);
  });
}

// Uniforms in [0, 1), a vector at a time: of T, from the tempered words that they take.
template <class T> Vec<T> uniformsFrom(Vec<std::uint32_t> words);
template <> THINNET_INLINE Vec<float> uniformsFrom<float>(Vec<std::uint32_t> words) { return uniformFromWords(words); }
template <> THINNET_INLINE Vec<double> uniformsFrom<double>(Vec<std::uint32_t> words) {
  // Both parts of the 53 bits become doubles by way of an exponent that puts them in the last place; their sum is exact.
  const Vec<std::uint64_t> pairs = (Vec<std::uint64_t>)words; // little endian: the first word, which is the high one, lies low
  const Vec<double> high = (Vec<double>)((pairs & 0x1fffffu) | 0x4530000000000000u) - 0x1p84;
  const Vec<double> low = (Vec<double>)((pairs >> 32) | 0x4330000000000000u) - 0x1p52;
  return (high + low) * kTwoToMinus53;
}

template <class T> inline void fillUniform(GeneratorState& state, T* out, Size n, T from, T to) {
  constexpr Size kWords = sizeof(T) / sizeof(std::uint32_t); // an element
  const Vec<T> width = splat(to - from), low = splat(from), high = splat(to);
  const bool unit = from == 0 && to == 1, exactWidth = exact::isPowerOfTwo(to - from);
  const auto draw = [&](Vec<std::uint32_t> words) {
    const Vec<T> u = uniformsFrom<T>(temper(words));
    if (unit) return u;
    const Vec<T> value = exactWidth ? u * width + low : exact::fma(u, width, low);
    return value == high ? low : value; // [from, to) must not contain `to`
  };
  drawRaw(state, n * kWords, kLanes<std::uint32_t>, [&](const std::uint32_t* raw, Size count) {
    constexpr Size kStep = kLanes<std::uint32_t>;
    Size i = 0;
    for (; i + kStep <= count; i += kStep) store(out + i / kWords, draw(load(raw + i)));
    if (i < count) storeFirst(out + i / kWords, draw(loadFirst(raw + i, count - i)), (count - i) / kWords);
    out += count / kWords;
  });
}

// out[i] = offset + draw % modulus, where the modulus' width says whether a draw is one word or two.
template <class T, class Modulus>
inline void fillRemainders(GeneratorState& state, T* out, Size n, std::int64_t offset, Modulus modulus) {
  fillFromWords<sizeof(Modulus) / sizeof(std::uint32_t)>(state, out, n, [=](const std::uint32_t* words) {
    const Modulus draw = sizeof(Modulus) == 4 ? static_cast<Modulus>(words[0]) : static_cast<Modulus>(pairAt(words));
    return static_cast<T>(offset + static_cast<std::int64_t>(draw % modulus));
  });
}

} // namespace rng

// Seeds the state as PyTorch's manual_seed: low and high are the two halves of the 64-bit seed (whole numbers below 2^32).
// The cached normal is forgotten.
void randomSeed(Ptr state, Num low, Num high) {
  GeneratorState& generator = rng::stateAt(state);
  generator = GeneratorState{};
  generator.seedLow = static_cast<std::uint32_t>(low);
  generator.seedHigh = static_cast<std::uint32_t>(high);
  generator.position = kFreshPosition;
  std::uint32_t word = generator.seedLow;
  generator.words[0] = word;
  for (std::uint32_t j = 1; j < kBlockWords; ++j) {
    word = 1812433253u * (word ^ word >> 30) + j;
    generator.words[j] = word;
  }
}

// out[i] = w, as n uint32.
void randomWords(Ptr state, Ptr out, Size n) {
  auto* next = static_cast<std::uint32_t*>(out);
  rng::fillFromWords<1>(rng::stateAt(state), next, n, [](const std::uint32_t* word) { return *word; });
}

// uniform_: floats in [from, to), from u * (to - from) + from rounded once. dtype: float32 (w each) or float64 (ww each).
void randomUniform(Ptr state, Size dtype, Ptr out, Size n, Num from, Num to) {
  rng::withFloat(dtype, [&](auto zero) {
    using T = decltype(zero);
    rng::fillUniform(rng::stateAt(state), static_cast<T*>(out), n, static_cast<T>(from), static_cast<T>(to));
  });
}

// normal_: normals with the given mean and standard deviation. dtype: float32 or float64. `contiguous` says whether the
// tensor is: if it is and n >= 16 they come in blocks of 16 (n words, or n + 16 if n % 16 != 0; twice that in float64),
// else in pairs by way of the cached normal (2 ww for each two).
void randomNormal(Ptr state, Size dtype, Ptr out, Size n, Num mean, Num std, Size contiguous) {
  GeneratorState& generator = rng::stateAt(state);
  rng::withFloat(dtype, [&](auto zero) {
    using T = decltype(zero);
    auto* normals = static_cast<T*>(out);
    if (n >= 16 && contiguous) rng::fillNormalBlocks(generator, normals, n, static_cast<T>(mean), static_cast<T>(std));
    else rng::fillNormalPairs(generator, normals, n, mean, std);
  });
}

// randint: whole numbers in [low, low + range), of any dtype: low + w % range, or low + ww % range from range = 2^28 on.
// range is at least 1; both are exact in a double.
void randomIntegers(Ptr state, Size dtype, Ptr out, Size n, Num low, Num range) {
  const std::int64_t offset = static_cast<std::int64_t>(low);
  const std::uint64_t modulus = static_cast<std::uint64_t>(range);
  rng::withType(dtype, [&](auto zero) {
    auto* next = static_cast<decltype(zero)*>(out);
    if (modulus < (1u << 28)) rng::fillRemainders(rng::stateAt(state), next, n, offset, static_cast<std::uint32_t>(modulus));
    else rng::fillRemainders(rng::stateAt(state), next, n, offset, modulus);
  });
}

// random_() without bounds: whole numbers from 0 to the largest up to which the dtype holds all (float32 2^24, float64
// 2^53, int32 2^31 - 1, uint8 255, bool 1): float64 from ww, the others from w.
void randomAny(Ptr state, Size dtype, Ptr out, Size n) {
  const std::uint32_t modulus = dtype == kFloat32 ? (1u << 24) + 1 : dtype == kInt32 ? 1u << 31 : dtype == kUint8 ? 256u : 2u;
  rng::withType(dtype, [&](auto zero) {
    auto* next = static_cast<decltype(zero)*>(out);
    if (dtype == kFloat64) rng::fillRemainders(rng::stateAt(state), next, n, 0, (std::uint64_t{1} << 53) + 1);
    else rng::fillRemainders(rng::stateAt(state), next, n, 0, modulus);
  });
}

// randperm: a permutation of 0 .. n - 1 as int32, from n - 1 w.
void randomPermutation(Ptr state, Ptr out, Size n) {
  auto* order = static_cast<std::int32_t*>(out);
  for (Size i = 0; i < n; ++i) order[i] = static_cast<std::int32_t>(i);
  Size i = 0;
  rng::drawWords(rng::stateAt(state), maxOf(n - 1, 0), 1, [&](const std::uint32_t* words, Size count) {
    for (Size k = 0; k < count; ++k, ++i) {
      const Size other = i + static_cast<Size>(words[k] % static_cast<std::uint32_t>(n - i));
      const std::int32_t kept = order[i];
      order[i] = order[other];
      order[other] = kept;
    }
  });
}

// bernoulli_(p): 1 with probability p, else 0, in any dtype. 1 if the uniform double of ww is below p.
void randomBernoulli(Ptr state, Size dtype, Ptr out, Size n, Num p) {
  rng::withType(dtype, [&](auto zero) {
    using T = decltype(zero);
    auto* next = static_cast<T*>(out);
    rng::drawBernoulli(rng::stateAt(state), n, p, [&](std::uint64_t bits, Size count) {
      for (Size i = 0; i < count; ++i) next[i] = static_cast<T>(bits >> i & 1);
      next += count;
    });
  });
}

// The same draws as randomBernoulli, packed: bit i & 7 of byte i >> 3, the last byte filled up with zeros. Writes
// ceil(n / 8) bytes. A dropout mask is this with p = keep.
void randomMask(Ptr state, Ptr bits, Size n, Num p) {
  auto* next = static_cast<std::uint8_t*>(bits);
  rng::drawBernoulli(rng::stateAt(state), n, p, [&](std::uint64_t word, Size count) {
    if (count == 64) __builtin_memcpy(next, &word, 8);
    else __builtin_memcpy(next, &word, static_cast<std::size_t>((count + 7) / 8));
    next += 8;
  });
}

// bernoulli(P): 1 where a uniform of P's own type (float32: w, float64: ww) is below P[i], else 0, in any dtype. The
// output may be P itself if the dtypes are equal.
void randomBernoulliOf(Ptr state, Size pDtype, Ptr p, Size dtype, Ptr out, Size n) {
  GeneratorState& generator = rng::stateAt(state);
  rng::withType(dtype, [&](auto zero) {
    using T = decltype(zero);
    auto* next = static_cast<T*>(out);
    if (pDtype == kFloat32) {
      const auto* probability = static_cast<const float*>(p);
      rng::fillFromWords<1>(generator, next, n, [&](const std::uint32_t* word) {
        return static_cast<T>(static_cast<float>(*word & 0xffffffu) * 0x1p-24f < *probability++);
      });
    } else {
      const auto* probability = static_cast<const double*>(p);
      rng::fillFromWords<2>(generator, next, n, [&](const std::uint32_t* pair) {
        return static_cast<T>(rng::uniformFromPair(pair) < *probability++);
      });
    }
  });
}

// exponential_(lambda): -1 / lambda * log1p(-u) in double from ww, rounded to the dtype (float32 or float64).
void randomExponential(Ptr state, Size dtype, Ptr out, Size n, Num lambda) {
  rng::withFloat(dtype, [&](auto zero) {
    using T = decltype(zero);
    rng::fillFromWords<2>(rng::stateAt(state), static_cast<T*>(out), n, [=](const std::uint32_t* pair) {
      return static_cast<T>(-1.0 / lambda * __builtin_log1p(-rng::uniformFromPair(pair)));
    });
  });
}

} // namespace thinnet::TARGET
