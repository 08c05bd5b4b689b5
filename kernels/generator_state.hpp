// The state of a generator, in the backend's memory.
#pragma once
#include "types.hpp"

namespace thinnet {

constexpr Size kBlockWords = 624;

// The state block. Fixed layout, little endian, the same on every target: `src/random/generator.ts` reads and writes it.
struct GeneratorState {
  std::uint32_t seedLow;    // byte 0: the full 64-bit seed; only its low half seeds the words
  std::uint32_t seedHigh;   // byte 4
  std::uint32_t position;   // byte 8: words already drawn from this block (1..624), or kFreshPosition
  std::uint32_t hasNormal;  // byte 12: 1 if cachedNormal is to be used next
  double cachedNormal;      // byte 16
  std::uint8_t unused[40];  // byte 24
  std::uint32_t words[kBlockWords]; // byte 64: the current block, untempered
};
static_assert(offsetof(GeneratorState, position) == 8 && offsetof(GeneratorState, cachedNormal) == 16 &&
                  offsetof(GeneratorState, words) == 64 && sizeof(GeneratorState) == 2560,
              "TypeScript knows these offsets");

// Seeded and never drawn from. Like 624 it asks for a new block at the next draw, but PyTorch's state dump tells them apart.
constexpr std::uint32_t kFreshPosition = 625;

} // namespace thinnet
