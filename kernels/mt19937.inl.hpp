// MT19937 as PyTorch's CPU generator runs it: its state in the backend's memory, and its words as contiguous runs.
#pragma once
#include "common.hpp"
#include "generator_state.hpp"

namespace thinnet::TARGET::rng {

THINNET_INLINE Vec<std::uint32_t> temper(Vec<std::uint32_t> word) {
  word ^= word >> 11;
  word ^= (word << 7) & 0x9d2c5680u;
  word ^= (word << 15) & 0xefc60000u;
  return word ^ (word >> 18);
}

THINNET_INLINE std::uint32_t temper(std::uint32_t word) {
  word ^= word >> 11;
  word ^= (word << 7) & 0x9d2c5680u;
  word ^= (word << 15) & 0xefc60000u;
  return word ^ (word >> 18);
}

// Blocks that one run of `drawRaw` generates ahead: the run and the block before it stay in the first-level cache.
constexpr Size kRunBlocks = 4;

// Appends `blocks` blocks to the one at stream[0..623]. Laid out in a line, the recurrence has no wrap-around:
// x[i + 624] = x[i + 397] ^ twist(x[i], x[i + 1]). A vector may be 227 words wide before it reads what it writes.
inline void appendBlocks(std::uint32_t* stream, Size blocks) {
  constexpr Size kStep = kLanes<std::uint32_t>;
  static_assert(kBlockWords % kStep == 0, "blocks have no tail");
  for (Size i = 0; i < blocks * kBlockWords; i += kStep) {
    const Vec<std::uint32_t> low = load(stream + i + 1);
    const Vec<std::uint32_t> joined = (load(stream + i) & 0x80000000u) | (low & 0x7fffffffu);
    const Vec<std::uint32_t> odd = -(low & 1u) & 0x9908b0dfu;
    store(stream + i + kBlockWords, load(stream + i + 397) ^ (joined >> 1) ^ odd);
  }
}

// Draws `count` words and hands them, untempered, to consume(words, n) in contiguous runs. Every run but the last is a
// multiple of `granule` (at most 624) long, so that a consumer meets a tail once, and pairs of words are never cut.
template <class Consume>
inline void drawRaw(GeneratorState& state, Size count, Size granule, const Consume& consume) {
  Size position = minOf(static_cast<Size>(state.position), kBlockWords);
  Size run = minOf(count, kBlockWords - position);
  if (run < count) run -= run % granule;
  if (run > 0) {
    consume(static_cast<const std::uint32_t*>(state.words + position), run);
    position += run;
    count -= run;
    state.position = static_cast<std::uint32_t>(position);
  }
  if (count == 0) return;

  alignas(64) std::uint32_t stream[(1 + kRunBlocks) * kBlockWords];
  __builtin_memcpy(stream, state.words, sizeof(state.words));
  for (;;) {
    const Size blocks = minOf(divUp(position + count, kBlockWords) - 1, kRunBlocks);
    const std::uint32_t* last = stream + blocks * kBlockWords;
    appendBlocks(stream, blocks);
    run = minOf(count, (1 + blocks) * kBlockWords - position);
    if (run < count) run -= run % granule;
    consume(static_cast<const std::uint32_t*>(stream + position), run);
    position += run - blocks * kBlockWords;
    count -= run;
    if (count == 0) {
      __builtin_memcpy(state.words, last, sizeof(state.words));
      state.position = static_cast<std::uint32_t>(position);
      return;
    }
    __builtin_memcpy(stream, last, sizeof(state.words));
  }
}

// As drawRaw, tempered: the words that the generator's user sees, in runs of at most kTemperedRun.
constexpr Size kTemperedRun = 256;
template <class Consume>
inline void drawWords(GeneratorState& state, Size count, Size granule, const Consume& consume) {
  drawRaw(state, count, granule, [&](const std::uint32_t* raw, Size n) {
    constexpr Size kStep = kLanes<std::uint32_t>;
    alignas(64) std::uint32_t words[kTemperedRun];
    const Size longest = kTemperedRun - kTemperedRun % granule;
    for (Size begin = 0; begin < n; begin += longest) {
      const Size length = minOf(longest, n - begin);
      Size i = 0;
      for (; i + kStep <= length; i += kStep) store(words + i, temper(load(raw + begin + i)));
      for (; i < length; ++i) words[i] = temper(raw[begin + i]);
      consume(static_cast<const std::uint32_t*>(words), length);
    }
  });
}

} // namespace thinnet::TARGET::rng
