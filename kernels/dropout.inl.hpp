// Masks of dropout: one bit an element, in element order, the lowest bit of a byte first.
#pragma once
#include "loops.inl.hpp"

namespace thinnet::TARGET {

namespace dropout_detail {

template <class T> struct LaneNumbers;
template <> struct LaneNumbers<float> { using Type = Vec<std::uint32_t>; };
template <> struct LaneNumbers<double> { using Type = Vec<std::uint64_t>; };

// All ones in the lanes whose bit is set, the lowest bit for lane 0.
template <class T> THINNET_INLINE auto lanesOf(unsigned bits) {
  using Numbers = typename LaneNumbers<T>::Type;
  Numbers lane;
  for (Size i = 0; i < kLanes<T>; ++i) lane[i] = 1u << i;
  return ((bits - Numbers{}) & lane) != Numbers{};
}

// out = x * (kept ? scale : 0): a product, so that -0, NaN and infinities come out as PyTorch's do.
template <class T> void apply(T* out, const T* x, const std::uint8_t* mask, Size n, T scale) {
  constexpr Size lanes = kLanes<T>, step = lanes < 8 ? 8 : lanes; // whole bytes
  const auto noise = [kept = splat(scale)](unsigned bits) { return lanesOf<T>(bits) ? kept : Vec<T>{}; };
  parallelRange(n, [&](Size begin, Size end) { // begin is a multiple of 8, and so starts a byte
    Size i = begin;
    for (; i + step <= end; i += step) {
      unsigned bits = mask[i / 8];
      if constexpr (lanes > 8) bits |= unsigned{mask[i / 8 + 1]} << 8;
      for (Size j = 0; j < step; j += lanes) store(out + i + j, load(x + i + j) * noise(bits >> j));
    }
    for (; i < end; ++i) out[i] = x[i] * (mask[i / 8] >> (i % 8) & 1 ? scale : T(0));
  });
}

template <class T> void applyToChannels(T* out, const T* x, const std::uint8_t* mask, Size channels, Size inner, T scale) {
  const Size channelsPerTask = maxOf(1, kGrain / maxOf(inner, 1));
  parallel(divUp(channels, channelsPerTask), [&](Size task, int) {
    for (Size c = task * channelsPerTask; c < minOf(channels, (task + 1) * channelsPerTask); ++c) {
      const T noise = mask[c / 8] >> (c % 8) & 1 ? scale : T(0);
      for (Size i = c * inner; i < (c + 1) * inner; ++i) out[i] = x[i] * noise;
    }
  });
}

} // namespace dropout_detail

// out[i] = x[i] * (kept ? scale : 0) for n elements; out may be x. The scale is rounded to the type once.
void applyMask(Size dtype, Ptr out, Ptr x, Ptr mask, Size n, Num scale) {
  const auto* bits = static_cast<const std::uint8_t*>(mask);
  if (dtype == kFloat64) dropout_detail::apply(static_cast<double*>(out), static_cast<const double*>(x), bits, n, scale);
  else dropout_detail::apply(static_cast<float*>(out), static_cast<const float*>(x), bits, n, static_cast<float>(scale));
}

// The same with one bit for each channel of `inner` neighbouring elements.
void applyChannelMask(Size dtype, Ptr out, Ptr x, Ptr mask, Size channels, Size inner, Num scale) {
  const auto* bits = static_cast<const std::uint8_t*>(mask);
  if (dtype == kFloat64) dropout_detail::applyToChannels(static_cast<double*>(out), static_cast<const double*>(x), bits, channels, inner, scale);
  else dropout_detail::applyToChannels(static_cast<float*>(out), static_cast<const float*>(x), bits, channels, inner, static_cast<float>(scale));
}

// The gradient of a ReLU and the dropout behind it by the result y of both: g * scale where y is above 0 (or NaN), else 0.
// out may be g.
void reluDropoutBackward(Size dtype, Ptr out, Ptr g, Ptr y, Size n, Num scale) {
  const auto typed = [&](auto zero) {
    using T = decltype(zero);
    parallelRange(n, [&](Size begin, Size end) {
      loops::map(
          static_cast<T*>(out) + begin, end - begin, [factor = splat(static_cast<T>(scale))](Vec<T> gradient, Vec<T> result) { return result <= Vec<T>{} ? Vec<T>{} : gradient * factor; },
          static_cast<const T*>(g) + begin, static_cast<const T*>(y) + begin);
    });
  };
  if (dtype == kFloat64) typed(double{});
  else typed(float{});
}

// Bits to bools (one byte, 0 or 1) and back; unused bits of the last byte become 0.
void expandMask(Ptr out, Ptr mask, Size n) {
  auto* to = static_cast<std::uint8_t*>(out);
  const auto* bits = static_cast<const std::uint8_t*>(mask);
  Size i = 0;
  for (; i + 8 <= n; i += 8) {
    const std::uint64_t picked = bits[i / 8] * 0x0101010101010101u & 0x8040201008040201u; // bit k alone in byte k
    const std::uint64_t bytes = (picked + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u;
    __builtin_memcpy(to + i, &bytes, sizeof(bytes));
  }
  for (; i < n; ++i) to[i] = bits[i / 8] >> (i % 8) & 1;
}
void packMask(Ptr mask, Ptr bools, Size n) {
  auto* bits = static_cast<std::uint8_t*>(mask);
  const auto* from = static_cast<const std::uint8_t*>(bools);
  Size i = 0;
  for (; i + 8 <= n; i += 8) {
    std::uint64_t bytes;
    __builtin_memcpy(&bytes, from + i, sizeof(bytes));
    bits[i / 8] = static_cast<std::uint8_t>(bytes * 0x0102040810204080u >> 56); // bit 0 of byte k becomes bit k of the highest
  }
  if (i == n) return;
  unsigned rest = 0;
  for (Size k = i; k < n; ++k) rest |= unsigned{from[k]} << (k - i);
  bits[i / 8] = static_cast<std::uint8_t>(rest);
}

} // namespace thinnet::TARGET
