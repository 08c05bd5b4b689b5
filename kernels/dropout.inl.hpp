// Masks of dropout: one bit an element, in element order, the lowest bit of a byte first.
#pragma once
#include "common.hpp"

namespace thinnet::TARGET {

namespace dropout_detail {

// out = x * (kept ? scale : 0): a product, so that -0, NaN and infinities come out as PyTorch's do.
template <class T> void apply(T* out, const T* x, const std::uint8_t* mask, Size n, T scale) {
  parallelRange(n, [&](Size begin, Size end) { // begin is a multiple of 8, and so starts a byte
    Size i = begin;
    for (; i + 8 <= end; i += 8) {
      const unsigned bits = mask[i / 8];
      T noise[8];
      for (unsigned lane = 0; lane < 8; ++lane) noise[lane] = bits >> lane & 1 ? scale : T(0);
      for (unsigned lane = 0; lane < 8; ++lane) out[i + lane] = x[i + lane] * noise[lane];
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

// Bits to bools (one byte, 0 or 1) and back; unused bits of the last byte become 0.
void expandMask(Ptr out, Ptr mask, Size n) {
  auto* to = static_cast<std::uint8_t*>(out);
  const auto* bits = static_cast<const std::uint8_t*>(mask);
  for (Size i = 0; i < n; ++i) to[i] = bits[i / 8] >> (i % 8) & 1;
}
void packMask(Ptr mask, Ptr bools, Size n) {
  auto* bits = static_cast<std::uint8_t*>(mask);
  const auto* from = static_cast<const std::uint8_t*>(bools);
  for (Size byte = 0; byte < divUp(n, 8); ++byte) {
    unsigned value = 0;
    for (Size i = byte * 8; i < minOf(n, byte * 8 + 8); ++i) value |= (from[i] != 0 ? 1u : 0u) << (i % 8);
    bits[byte] = static_cast<std::uint8_t>(value);
  }
}

} // namespace thinnet::TARGET
