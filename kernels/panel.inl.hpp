// Thinned layers: values of the neurons that a group of examples keeps, and nothing else.
//
// A mini-batch is cut into segments, runs of examples that keep the same neurons in every layer they are in. The values of
// a layer stand compact in example panels: 16 examples side by side, `[panel][kept neuron][16]`, segment behind segment,
// the last panel of each padded with zeros. Choosing neurons is choosing rows of weights by their addresses; nothing is
// copied. For weight gradients the same values stand in neuron panels, `[kept neuron / 16][example][16]`.
#pragma once
#include "gemm_pack.inl.hpp"
#include "simd/expand.hpp"

namespace thinnet::TARGET::panel_detail {

using gemm_detail::transpose;

constexpr Size kPanel = 16;
template <class T> constexpr Size kPanelVectors = kPanel / kLanes<T>;

// Which neurons each group keeps. Laid out by `src/tensor/selection.ts`, all int32, with n16 the neurons rounded up to 16s:
// counts[groups, up to 16s]; lists[groups][n16] of ascending indices; then, for each block of 16 neurons, words[groups][n16 /
// 16], whose low bits say which of them are kept, and starts[groups][n16 / 16], how many are kept before. Null: all are.
struct Selection {
  Size neurons, blocks;
  const std::int32_t* counts = nullptr;
  const std::int32_t* lists = nullptr;
  const std::int32_t* words = nullptr;
  const std::int32_t* starts = nullptr;

  Selection(Ptr memory, Size neurons, Size groups) : neurons(neurons), blocks(divUp(neurons, kPanel)) {
    if (!memory) return;
    counts = static_cast<const std::int32_t*>(memory);
    lists = counts + divUp(groups, kPanel) * kPanel;
    words = lists + groups * blocks * kPanel;
    starts = words + groups * blocks;
  }

  Size count(Size group) const { return counts ? counts[group] : neurons; }
  const std::int32_t* list(Size group) const { return lists ? lists + group * blocks * kPanel : nullptr; }

  // The bits of neurons [16 * block, 16 * block + 16).
  unsigned word(Size group, Size block) const {
    if (words) return static_cast<unsigned>(words[group * blocks + block]);
    const Size left = neurons - block * kPanel;
    return left >= kPanel ? 0xffffu : (1u << left) - 1;
  }

  // How many neurons before number `neuron` the group keeps.
  Size before(Size group, Size neuron) const {
    if (!starts || neuron == 0) return neuron;
    if (neuron >= neurons) return count(group);
    const Size block = neuron / kPanel;
    return starts[group * blocks + block] + __builtin_popcount(word(group, block) & ((1u << neuron % kPanel) - 1));
  }
};

// One run of examples: int32 {first, count, group of the layer's inputs, group of its outputs} in memory.
struct Segment {
  Size first, count, inGroup, outGroup;
  Size panels() const { return divUp(count, kPanel); }
};

// Which of a segment's two groups values belong to.
enum Side : Size { kInputs = 0, kOutputs = 1 };
THINNET_INLINE Size groupOf(const Segment& segment, Size side) { return side == kInputs ? segment.inGroup : segment.outGroup; }

struct Segments {
  const std::int32_t* rows;
  Size count;
  Segments(Ptr memory, Size count) : rows(static_cast<const std::int32_t*>(memory)), count(count) {}
  Segment operator[](Size s) const { return {rows[4 * s], rows[4 * s + 1], rows[4 * s + 2], rows[4 * s + 3]}; }
};

// Runs body(segment, offset of its in-values, offset of its out-values), offsets in elements of example panels.
template <class Body> THINNET_INLINE void eachSegment(const Segments& segments, const Selection& in, const Selection& out, const Body& body) {
  Size inOffset = 0, outOffset = 0;
  for (Size s = 0; s < segments.count; ++s) {
    const Segment segment = segments[s];
    body(segment, inOffset, outOffset);
    inOffset += segment.panels() * in.count(segment.inGroup) * kPanel;
    outOffset += segment.panels() * out.count(segment.outGroup) * kPanel;
  }
}

// Values that stand in panels: in which segments, of which neurons.
struct Layout {
  Segments segments;
  Size side;
  Selection selection;
};

// Runs body(segment, its group, offset, first example of the panel within it) for each panel as a task of its own.
template <class Body> void eachPanel(const Layout& layout, const Body& body) {
  const auto& [segments, side, selection] = layout;
  Size panels = 0;
  for (Size s = 0; s < segments.count; ++s) panels += segments[s].panels();
  const auto task = [&](Size number, int) {
    Size offset = 0;
    for (Size s = 0;; ++s) {
      const Segment segment = layout.segments[s];
      const Size group = groupOf(segment, layout.side), size = layout.selection.count(group) * kPanel;
      if (number < segment.panels()) return body(segment, group, offset + number * size, number * kPanel);
      number -= segment.panels();
      offset += segment.panels() * size;
    }
  };
  if (panels * kPanel * selection.neurons <= kGrain) {
    for (Size number = 0; number < panels; ++number) task(number, 0);
  } else {
    parallel(panels, task);
  }
}

constexpr Size kWindow = 64; // blocks of 16 neurons that are turned at a time: sixteen rows of them stay in L1 or L2

// Calls body(block, bits, kept before it) for the vectors of blocks [begin, end) and returns how many are kept in them.
template <class T, class Body> THINNET_INLINE Size eachVector(const Selection& selection, Size group, Size begin, Size end, const Body& body) {
  Size kept = 0;
  for (Size block = begin; block < end; ++block) {
    unsigned bits = selection.word(group, block);
    for (Size v = 0; v < kPanelVectors<T>; ++v, bits >>= kLanes<T>) {
      const unsigned own = bits & laneBits<T>;
      body(block * kPanel + v * kLanes<T>, own, kept);
      kept += __builtin_popcount(own);
    }
  }
  return kept;
}

// Lanes of a vector of neurons from number `first` on that exist.
template <class T> THINNET_INLINE Size lanesAt(const Selection& selection, Size first) { return maxOf(0, minOf(kLanes<T>, selection.neurons - first)); }

// Rows of examples to example panels, times `scale`.
template <class T> void pack(T* out, const T* x, Size rowStep, const Layout& layout, T scale) {
  const Selection& selection = layout.selection;
  eachPanel(layout, [&](const Segment& segment, Size group, Size offset, Size first) {
    constexpr Size step = (kWindow + 1) * kPanel;
    T lines[kPanel * step];
    const Size rows = minOf(kPanel, segment.count - first);
    T* to = out + offset;
    for (Size begin = 0; begin < selection.blocks; begin += kWindow) {
      Size kept = 0;
      for (Size i = 0; i < rows; ++i) {
        const T* row = x + (segment.first + first + i) * rowStep;
        kept = eachVector<T>(selection, group, begin, minOf(selection.blocks, begin + kWindow), [&](Size at, unsigned bits, Size before) {
          compressTo(lines + i * step + before, loadFirst(row + at, lanesAt<T>(selection, at)) * scale, bits);
        });
      }
      for (Size i = rows; i < kPanel; ++i) __builtin_memset(lines + i * step, 0, static_cast<std::size_t>(kept) * sizeof(T));
      transpose(kPanel, kept, [&](Size i) { return lines + i * step; }, to, kPanel);
      to += kept * kPanel;
    }
  });
}

// The way back: zeros where a neuron is dropped.
template <class T> void unpack(T* out, Size rowStep, const T* x, const Layout& layout) {
  const Selection& selection = layout.selection;
  eachPanel(layout, [&](const Segment& segment, Size group, Size offset, Size first) {
    constexpr Size step = (kWindow + 1) * kPanel;
    T lines[kPanel * step];
    const Size rows = minOf(kPanel, segment.count - first);
    const T* from = x + offset;
    for (Size begin = 0; begin < selection.blocks; begin += kWindow) {
      const Size end = minOf(selection.blocks, begin + kWindow);
      const Size kept = eachVector<T>(selection, group, begin, end, [](Size, unsigned, Size) {});
      transpose(kept, kPanel, [&](Size k) { return from + k * kPanel; }, lines, step);
      for (Size i = 0; i < rows; ++i) {
        T* row = out + (segment.first + first + i) * rowStep;
        eachVector<T>(selection, group, begin, end, [&](Size at, unsigned bits, Size before) {
          storeFirst(row + at, expand(lines + i * step + before, bits), lanesAt<T>(selection, at));
        });
      }
      from += kept * kPanel;
    }
  });
}

// Example panels to neuron panels, [kept / 16][example][16] for each segment; lanes behind the last neuron become 0.
template <class T> void turn(T* out, const T* x, const Layout& layout) {
  const auto& [segments, side, selection] = layout;
  Size tasks = 0, largest = 0;
  for (Size s = 0; s < segments.count; ++s) {
    const Size blocks = divUp(selection.count(groupOf(segments[s], side)), kPanel);
    tasks += blocks;
    largest = maxOf(largest, segments[s].count);
  }
  const auto task = [&](Size number, int) {
    Size inOffset = 0, outOffset = 0;
    for (Size s = 0;; ++s) {
      const Segment segment = layout.segments[s];
      const Size kept = layout.selection.count(groupOf(segment, layout.side)), blocks = divUp(kept, kPanel);
      if (number >= blocks) {
        number -= blocks;
        inOffset += segment.panels() * kept * kPanel;
        outOffset += blocks * segment.count * kPanel;
        continue;
      }
      const Size lanes = minOf(kPanel, kept - number * kPanel);
      T* to = out + outOffset + number * segment.count * kPanel;
      if (lanes < kPanel) __builtin_memset(to, 0, static_cast<std::size_t>(segment.count * kPanel) * sizeof(T));
      for (Size first = 0; first < segment.count; first += kPanel) {
        const T* from = x + inOffset + first * kept + number * kPanel * kPanel;
        transpose(lanes, minOf(kPanel, segment.count - first), [&](Size k) { return from + k * kPanel; }, to + first * kPanel, kPanel);
      }
      return;
    }
  };
  const Size run = maxOf(1, kGrain / maxOf(1, largest * kPanel)); // neuron blocks of one task
  const auto several = [&](Size number, int thread) {
    for (Size block = number * run; block < minOf(tasks, (number + 1) * run); ++block) task(block, thread);
  };
  parallel(divUp(tasks, run), several);
}

// out[n] = sum over the examples that keep neuron n; 0 where none does.
template <class T> void sums(T* out, const T* x, const Layout& layout) {
  const Selection& selection = layout.selection;
  Size examples = 0;
  for (Size s = 0; s < layout.segments.count; ++s) examples += layout.segments[s].count;
  loops::inTasks(selection.neurons, examples, [&](Size begin, Size end) {
    for (Size n = begin; n < end; ++n) out[n] = T(0);
    Size offset = 0;
    for (Size s = 0; s < layout.segments.count; ++s) {
      const Segment segment = layout.segments[s];
      const Size group = groupOf(segment, layout.side), kept = selection.count(group);
      const std::int32_t* list = selection.list(group);
      for (Size k = selection.before(group, begin), last = selection.before(group, end); k < last; ++k) {
        Vec<T> sum{};
        for (Size panel = 0; panel < segment.panels(); ++panel) {
          for (Size v = 0; v < kPanelVectors<T>; ++v) {
            const Size left = segment.count - panel * kPanel - v * kLanes<T>; // behind the last example nothing need be a number
            if (left > 0) sum += loadFirst(x + offset + (panel * kept + k) * kPanel + v * kLanes<T>, minOf(kLanes<T>, left));
          }
        }
        T total = 0;
        for (Size lane = 0; lane < kLanes<T>; ++lane) total += sum[lane];
        out[list ? list[k] : k] += total;
      }
      offset += segment.panels() * kept * kPanel;
    }
  });
}

} // namespace thinnet::TARGET::panel_detail
