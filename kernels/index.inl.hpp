// Elements by position. Indices are int32 and lie in [-size, size): negative ones count from the end; checkIndices tells
// the caller beforehand. Tensors are contiguous and viewed as [outer, size, inner] or [outer, count, inner].
#pragma once
#include "loops.inl.hpp"

namespace thinnet::TARGET {

namespace index_detail {

THINNET_INLINE Size wrapped(std::int32_t index, Size size) { return index < 0 ? index + size : index; }

} // namespace index_detail

// Writes to `result` (int32) the position of the first of n indices outside [-size, size), or -1.
void checkIndices(Ptr indices, Size n, Size size, Ptr result) {
  const auto* index = static_cast<const std::int32_t*>(indices);
  Size bad = -1;
  for (Size i = 0; i < n && bad < 0; ++i) {
    if (index[i] < -size || index[i] >= size) bad = i;
  }
  *static_cast<std::int32_t*>(result) = static_cast<std::int32_t>(bad);
}

// out[o, j, :] = x[o, indices[j], :]
void indexSelect(Size itemBytes, Ptr out, Ptr x, Ptr indices, Size outer, Size count, Size size, Size inner) {
  const auto* index = static_cast<const std::int32_t*>(indices);
  const Size bytes = inner * itemBytes;
  loops::inTasks(outer * count, inner, [&](Size begin, Size end) {
    for (Size row = begin; row < end; ++row) {
      const Size from = row / count * size + index_detail::wrapped(index[row % count], size);
      __builtin_memcpy(static_cast<char*>(out) + row * bytes, static_cast<const char*>(x) + from * bytes, static_cast<std::size_t>(bytes));
    }
  });
}

// out[o, indices[j], :] += src[o, j, :], in order of j. A task has some columns of one block, and all of j.
void indexAdd(Size dtype, Ptr out, Ptr src, Ptr indices, Size outer, Size count, Size size, Size inner) {
  constexpr Size width = 64;
  const auto* index = static_cast<const std::int32_t*>(indices);
  const Size strips = divUp(inner, width);
  loops::byType(dtype, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    const auto* from = static_cast<decltype(type)>(src);
    loops::inTasks(outer * strips, count * minOf(inner, width), [&](Size begin, Size end) {
      for (Size task = begin; task < end; ++task) {
        const Size o = task / strips, first = task % strips * width, last = minOf(inner, first + width);
        for (Size j = 0; j < count; ++j) {
          auto* row = to + (o * size + index_detail::wrapped(index[j], size)) * inner;
          const auto* added = from + (o * count + j) * inner;
          for (Size i = first; i < last; ++i) row[i] += added[i];
        }
      }
    });
  });
}

// out[o, j, i] = x[o, indices[o, j, i], i]
void gather(Size itemBytes, Ptr out, Ptr x, Ptr indices, Size outer, Size count, Size size, Size inner) {
  const auto* index = static_cast<const std::int32_t*>(indices);
  loops::byItem(itemBytes, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    const auto* from = static_cast<decltype(type)>(x);
    loops::inTasks(outer * count, inner, [&](Size begin, Size end) {
      for (Size row = begin; row < end; ++row) {
        const Size block = row / count * size;
        for (Size i = 0; i < inner; ++i) {
          const Size at = row * inner + i;
          to[at] = from[(block + index_detail::wrapped(index[at], size)) * inner + i];
        }
      }
    });
  });
}

// out[o, indices[o, j, i], i] += src[o, j, i], in order of j.
void scatterAdd(Size dtype, Ptr out, Ptr src, Ptr indices, Size outer, Size count, Size size, Size inner) {
  const auto* index = static_cast<const std::int32_t*>(indices);
  loops::byType(dtype, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    const auto* from = static_cast<decltype(type)>(src);
    loops::inTasks(outer, count * inner, [&](Size begin, Size end) {
      for (Size at = begin * count * inner; at < end * count * inner; ++at) {
        to[(at / (count * inner) * size + index_detail::wrapped(index[at], size)) * inner + at % inner] += from[at];
      }
    });
  });
}

// out[o, indices[o, j, i], i] = src[o, j, i]; of several, the last wins.
void scatter(Size itemBytes, Ptr out, Ptr src, Ptr indices, Size outer, Size count, Size size, Size inner) {
  const auto* index = static_cast<const std::int32_t*>(indices);
  loops::byItem(itemBytes, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    const auto* from = static_cast<decltype(type)>(src);
    loops::inTasks(outer, count * inner, [&](Size begin, Size end) {
      for (Size at = begin * count * inner; at < end * count * inner; ++at) {
        to[(at / (count * inner) * size + index_detail::wrapped(index[at], size)) * inner + at % inner] = from[at];
      }
    });
  });
}

// The positions of true elements, ascending, to out (int32, room for n), and how many there are to count (int32).
void nonzero(Ptr out, Ptr count, Ptr mask, Size n) {
  auto* to = static_cast<std::int32_t*>(out);
  const auto* bools = static_cast<const std::uint8_t*>(mask);
  Size found = 0;
  for (Size i = 0; i < n; ++i) {
    if (bools[i]) to[found++] = static_cast<std::int32_t>(i);
  }
  *static_cast<std::int32_t*>(count) = static_cast<std::int32_t>(found);
}

} // namespace thinnet::TARGET
