// Kernels of thinned layers. Every one takes segments (int32 {first, count, inGroup, outGroup} each) and selections as
// panel.inl.hpp describes them; a selection may be null: all neurons. Panels have room for one vector behind their end.
#pragma once
#include "panel_gradient.inl.hpp"
#include "random.inl.hpp"

namespace thinnet::TARGET {

namespace panel_detail {

inline void countProducts(const Segments& segments, const Selection& in, const Selection& out) {
  double multiplications = 0;
  for (Size s = 0; s < segments.count; ++s) {
    const Segment segment = segments[s];
    multiplications += static_cast<double>(segment.count) * static_cast<double>(in.count(segment.inGroup)) * static_cast<double>(out.count(segment.outGroup));
  }
  countMultiplications(multiplications);
}

} // namespace panel_detail

// The selection that a mask of [groups][neurons] bits describes, one bit behind the other, the lowest of a byte first; and
// in `kept`, int32 [groups], how many neurons each group keeps.
void selectionFromMask(Ptr selection, Size neurons, Size groups, Ptr mask, Ptr kept) {
  using panel_detail::kPanel;
  const auto* bits = static_cast<const std::uint8_t*>(mask);
  const Size blocks = divUp(neurons, kPanel);
  auto* counts = static_cast<std::int32_t*>(selection);
  std::int32_t* lists = counts + divUp(groups, kPanel) * kPanel;
  std::int32_t* words = lists + groups * blocks * kPanel;
  std::int32_t* starts = words + groups * blocks;
  for (Size g = 0; g < groups; ++g) {
    std::int32_t* list = lists + g * blocks * kPanel;
    std::int32_t found = 0;
    for (Size block = 0; block < blocks; ++block) {
      std::int32_t word = 0;
      starts[g * blocks + block] = found;
      for (Size i = block * kPanel; i < minOf(neurons, (block + 1) * kPanel); ++i) {
        const Size bit = g * neurons + i;
        const std::int32_t own = bits[bit / 8] >> (bit % 8) & 1;
        list[found] = static_cast<std::int32_t>(i);
        found += own;
        word |= own << (i % kPanel);
      }
      words[g * blocks + block] = word;
    }
    for (Size i = found; i < blocks * kPanel; ++i) list[i] = 0;
    counts[g] = static_cast<std::int32_t*>(kept)[g] = found;
  }
}

// A mask of [groups][neurons] bits in which each neuron is kept by floor(keep * groups) groups or one more, so that it is
// keep * groups in the mean; which ones is chosen evenly. Draws one uniform number a neuron, then one for each group that
// is chosen.
void drawBalancedMask(Ptr state, Ptr mask, Size neurons, Size groups, Num keep) {
  auto& generator = *static_cast<GeneratorState*>(state);
  auto* bits = static_cast<std::uint8_t*>(mask);
  __builtin_memset(bits, 0, static_cast<std::size_t>(divUp(groups * neurons, 8)));
  const auto uniform = [&] {
    double number = 0;
    randomUniform(&generator, kFloat64, &number, 1, 0, 1);
    return number;
  };
  for (Size n = 0; n < neurons; ++n) {
    Size wanted = static_cast<Size>(keep * static_cast<double>(groups) + uniform());
    // Selection sampling (Knuth, TAOCP 2, 3.4.2, algorithm S): each subset of that size is equally likely.
    for (Size g = 0; g < groups && wanted > 0; ++g) {
      if (uniform() * static_cast<double>(groups - g) >= static_cast<double>(wanted)) continue;
      const Size bit = g * neurons + n;
      bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | 1u << (bit % 8));
      --wanted;
    }
  }
}

// Rows of examples, rowStep elements apart, to example panels of the neurons that are kept, times scale; and back, with
// zeros for those that are not. side: which group of a segment the selection is of (0 inputs, 1 outputs).
void packPanels(Size dtype, Ptr out, Ptr x, Size rowStep, Ptr segments, Size segmentCount, Size side, Ptr selection, Size neurons, Size groups, Num scale) {
  const panel_detail::Layout layout{{segments, segmentCount}, side, {selection, neurons, groups}};
  if (dtype == kFloat64) panel_detail::pack(static_cast<double*>(out), static_cast<const double*>(x), rowStep, layout, scale);
  else panel_detail::pack(static_cast<float*>(out), static_cast<const float*>(x), rowStep, layout, static_cast<float>(scale));
}
void unpackPanels(Size dtype, Ptr out, Size rowStep, Ptr x, Ptr segments, Size segmentCount, Size side, Ptr selection, Size neurons, Size groups) {
  const panel_detail::Layout layout{{segments, segmentCount}, side, {selection, neurons, groups}};
  if (dtype == kFloat64) panel_detail::unpack(static_cast<double*>(out), rowStep, static_cast<const double*>(x), layout);
  else panel_detail::unpack(static_cast<float*>(out), rowStep, static_cast<const float*>(x), layout);
}

// Example panels to neuron panels, which panelGradient reads.
void turnPanels(Size dtype, Ptr out, Ptr x, Ptr segments, Size segmentCount, Size side, Ptr selection, Size neurons, Size groups) {
  const panel_detail::Layout layout{{segments, segmentCount}, side, {selection, neurons, groups}};
  if (dtype == kFloat64) panel_detail::turn(static_cast<double*>(out), static_cast<const double*>(x), layout);
  else panel_detail::turn(static_cast<float*>(out), static_cast<const float*>(x), layout);
}

// out[n] = sum of neuron n over the examples that keep it.
void sumPanels(Size dtype, Ptr out, Ptr x, Ptr segments, Size segmentCount, Size side, Ptr selection, Size neurons, Size groups) {
  const panel_detail::Layout layout{{segments, segmentCount}, side, {selection, neurons, groups}};
  if (dtype == kFloat64) panel_detail::sums(static_cast<double*>(out), static_cast<const double*>(x), layout);
  else panel_detail::sums(static_cast<float*>(out), static_cast<const float*>(x), layout);
}

// out[o] = scale * activation(sum over i of weight(o, i) * x[i] + bias[o]) for what is kept, x and out in example panels.
// weight(o, i) stands at weight[o * outStep + i * inStep]; bias may be null; activation is 1 for ReLU (which keeps NaN), 0 for
// none. weight has fewer than 2^31 elements. Error: as gemm's.
void panelProduct(Size dtype, Ptr out, Ptr weight, Size outStep, Size inStep, Ptr bias, Ptr x, Ptr segments, Size segmentCount, Ptr inSelection, Size inNeurons, Size inGroups, Ptr outSelection, Size outNeurons, Size outGroups, Size activation, Num scale) {
  const panel_detail::Selection in(inSelection, inNeurons, inGroups), kept(outSelection, outNeurons, outGroups);
  const panel_detail::Segments runs(segments, segmentCount);
  panel_detail::countProducts(runs, in, kept);
  const auto typed = [&](auto zero) {
    using T = decltype(zero);
    const panel_detail::Layer<T> layer{static_cast<const T*>(weight), outStep, inStep, static_cast<const T*>(bias), activation == 1, static_cast<T>(scale), in, kept};
    panel_detail::product(layer, runs, static_cast<const T*>(x), static_cast<T*>(out));
  };
  if (dtype == kFloat64) typed(double{});
  else typed(float{});
}

// out[o, i] = sum over examples of g[o] * x[i]; 0 where no segment keeps both. g in example panels of the outputs, x in
// neuron panels of the inputs; out is [outNeurons][inNeurons].
void panelGradient(Size dtype, Ptr out, Ptr g, Ptr x, Ptr segments, Size segmentCount, Ptr inSelection, Size inNeurons, Size inGroups, Ptr outSelection, Size outNeurons, Size outGroups) {
  const auto typed = [&](auto zero) {
    using T = decltype(zero);
    const panel_detail::Factors<T> factors{static_cast<const T*>(g), static_cast<const T*>(x), {segments, segmentCount}, {inSelection, inNeurons, inGroups}, {outSelection, outNeurons, outGroups}};
    panel_detail::countProducts(factors.segments, factors.in, factors.out);
    panel_detail::gradient(static_cast<T*>(out), factors);
  };
  if (dtype == kFloat64) typed(double{});
  else typed(float{});
}

// sgdStep with that gradient, which is never written out; then maxNorm with limit, if it is above 0. rest: weights with a
// neuron that no segment keeps stay as they are, their momentum too.
void panelSgdStep(Size dtype, Ptr param, Ptr buffer, Ptr g, Ptr x, Ptr segments, Size segmentCount, Ptr inSelection, Size inNeurons, Size inGroups, Ptr outSelection, Size outNeurons, Size outGroups, Num lr, Num weightDecay, Num momentum, Num dampening, Size nesterov, Size firstStep, Size maximize, Num limit, Size rest) {
  const auto typed = [&](auto zero) {
    using T = decltype(zero);
    const panel_detail::Factors<T> factors{static_cast<const T*>(g), static_cast<const T*>(x), {segments, segmentCount}, {inSelection, inNeurons, inGroups}, {outSelection, outNeurons, outGroups}};
    const optimizer_detail::SgdRule<T> rule = {static_cast<T>(lr), static_cast<T>(weightDecay), static_cast<T>(momentum), static_cast<T>(1 - dampening), nesterov != 0, firstStep != 0, maximize != 0};
    panel_detail::countProducts(factors.segments, factors.in, factors.out);
    panel_detail::descend(static_cast<T*>(param), static_cast<T*>(buffer), factors, {rule, limit, rest != 0});
  };
  if (dtype == kFloat64) typed(double{});
  else typed(float{});
}

// touched[o, i] = 1 where some segment keeps both neurons; the other bytes stay as they are.
void touchWeights(Ptr touched, Ptr segments, Size segmentCount, Ptr inSelection, Size inNeurons, Size inGroups, Ptr outSelection, Size outNeurons, Size outGroups) {
  panel_detail::touch(static_cast<std::uint8_t*>(touched), {segments, segmentCount}, {inSelection, inNeurons, inGroups}, {outSelection, outNeurons, outGroups});
}

// The multiplications that products have done since the last call, as a double.
void takeMultiplications(Ptr out) {
  const double count = takeCountedMultiplications();
  __builtin_memcpy(out, &count, sizeof(count));
}

} // namespace thinnet::TARGET
