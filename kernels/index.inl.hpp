// Elements by position. Indices are int32 and lie in [-size, size): negative ones count from the end; checkIndices tells
// the caller beforehand. Tensors are contiguous and viewed as [outer, size, inner] or [outer, count, inner].
#pragma once
#include "common.hpp"

namespace thinnet::TARGET {

namespace index_detail {

THINNET_INLINE Size wrapped(std::int32_t index, Size size) { return index < 0 ? index + size : index; }

// Items of 1, 4 or 8 bytes, moved without looking at them.
typedef std::uint32_t Four __attribute__((may_alias));
typedef std::uint64_t Eight __attribute__((may_alias));

template <class Run> void byItem(Size itemBytes, const Run& run) {
  if (itemBytes == 1) run(static_cast<unsigned char*>(nullptr));
  else if (itemBytes == 4) run(static_cast<Four*>(nullptr));
  else run(static_cast<Eight*>(nullptr));
}

template <class Run> void byType(Size dtype, const Run& run) {
  if (dtype == kFloat32) run(static_cast<float*>(nullptr));
  else if (dtype == kFloat64) run(static_cast<double*>(nullptr));
  else if (dtype == kInt32) run(static_cast<std::int32_t*>(nullptr));
  else run(static_cast<std::uint8_t*>(nullptr));
}

// body(begin, end) over [0, n) where one step costs about `cost` elements.
template <class Body> void inTasks(Size n, Size cost, const Body& body) {
  const Size each = maxOf(1, kGrain / maxOf(cost, 1));
  parallel(divUp(n, each), [&](Size task, int) { body(task * each, minOf(n, (task + 1) * each)); });
}

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
  index_detail::inTasks(outer * count, inner, [&](Size begin, Size end) {
    for (Size row = begin; row < end; ++row) {
      const Size from = row / count * size + index_detail::wrapped(index[row % count], size);
      __builtin_memcpy(static_cast<char*>(out) + row * bytes, static_cast<const char*>(x) + from * bytes, static_cast<std::size_t>(bytes));
    }
  });
}

// out[o, indices[j], :] += src[o, j, :], in order of j.
void indexAdd(Size dtype, Ptr out, Ptr src, Ptr indices, Size outer, Size count, Size size, Size inner) {
  const auto* index = static_cast<const std::int32_t*>(indices);
  index_detail::byType(dtype, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    const auto* from = static_cast<decltype(type)>(src);
    index_detail::inTasks(outer, count * inner, [&](Size begin, Size end) {
      for (Size o = begin; o < end; ++o) {
        for (Size j = 0; j < count; ++j) {
          auto* row = to + (o * size + index_detail::wrapped(index[j], size)) * inner;
          const auto* added = from + (o * count + j) * inner;
          for (Size i = 0; i < inner; ++i) row[i] = static_cast<decltype(+*row)>(row[i] + added[i]);
        }
      }
    });
  });
}

// out[o, j, i] = x[o, indices[o, j, i], i]
void gather(Size itemBytes, Ptr out, Ptr x, Ptr indices, Size outer, Size count, Size size, Size inner) {
  const auto* index = static_cast<const std::int32_t*>(indices);
  index_detail::byItem(itemBytes, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    const auto* from = static_cast<decltype(type)>(x);
    index_detail::inTasks(outer * count, inner, [&](Size begin, Size end) {
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
  index_detail::byType(dtype, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    const auto* from = static_cast<decltype(type)>(src);
    index_detail::inTasks(outer, count * inner, [&](Size begin, Size end) {
      for (Size at = begin * count * inner; at < end * count * inner; ++at) {
        auto& cell = to[(at / (count * inner) * size + index_detail::wrapped(index[at], size)) * inner + at % inner];
        cell = static_cast<decltype(+cell)>(cell + from[at]);
      }
    });
  });
}

// out[o, indices[o, j, i], i] = src[o, j, i]; of several, the last wins.
void scatter(Size itemBytes, Ptr out, Ptr src, Ptr indices, Size outer, Size count, Size size, Size inner) {
  const auto* index = static_cast<const std::int32_t*>(indices);
  index_detail::byItem(itemBytes, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    const auto* from = static_cast<decltype(type)>(src);
    index_detail::inTasks(outer, count * inner, [&](Size begin, Size end) {
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
