// Copies of operand blocks in the order in which the inner kernel reads them, and 4x4 transposition.
#pragma once
#include "gemm_tile.inl.hpp"

namespace thinnet::TARGET::gemm_detail {

constexpr Size kBlockLimit = 512;  // inner indices per block: a panel's block stays in L1 or L2
constexpr Size kStripPadding = 16; // keeps the rows of a packed strip off each other's cache sets
constexpr Size kChunkRows = 48;    // rows of the strips of one task, which share each panel they read: whole cache lines
static_assert(kChunkRows % kTileRows == 0 && kChunkRows <= kBlockLimit && kStripPadding >= kLanes<float>);

// One operand of a product, seen from outside: element (outer, inner), where outer is a row of A or a column of B.
// A list, where there is one, names the outer (inner) indices that take part, in their order.
template <class T> struct Operand {
  const T* base;
  Size outerStride, innerStride;
  const std::int32_t* outerList;
  const std::int32_t* innerList;

  THINNET_INLINE const T* outer(Size i) const { return base + (outerList ? outerList[i] : i) * outerStride; }
  THINNET_INLINE Size inner(Size p) const { return (innerList ? innerList[p] : p) * innerStride; }
  THINNET_INLINE bool innerContiguous() const { return innerStride == 1 && !innerList; }
  THINNET_INLINE bool outerContiguous() const { return outerStride == 1 && !outerList; }
};

// Vectors of a given number of lanes: 4, the block that every target can transpose, and 1, so that tails take the path of
// whole vectors. Never a template argument themselves: their alignment would get lost.
template <class T, Size N> struct LanesOf { typedef T type __attribute__((vector_size(N * sizeof(T)), aligned(1), may_alias)); };
template <class T, Size N> using Lanes = typename LanesOf<T, N>::type;
template <class T> using Vec4 = Lanes<T, 4>;

// The integer as wide as T.
template <Size Bytes> struct IntegerOf { typedef std::int32_t type; };
template <> struct IntegerOf<8> { typedef std::int64_t type; };
template <class T> using Integer = typename IntegerOf<sizeof(T)>::type;

#if defined(__clang__)
#define THINNET_SHUFFLE(T, x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define THINNET_SHUFFLE(T, x, y, ...) __builtin_shuffle(x, y, Vec4<Integer<T>>{__VA_ARGS__})
#endif

template <class T> THINNET_INLINE void copy(const T* from, Size count, T* to) {
  Size i = 0;
  for (; i + kLanes<T> <= count; i += kLanes<T>) store(to + i, load(from + i));
  for (; i < count; ++i) to[i] = from[i];
}

// A part of an index list, prepared for copying row[list[q]] from many rows: cut into windows, runs of entries that lie
// so close together that one permutation of loaded vectors picks them. Right for any list, fast for ascending ones.
template <class T> class Selection {
 public:
  Selection(const std::int32_t* list, Size count) : count_(count) {
    std::int32_t largest = 0;
    for (Size q = 0; q < count; ++q) {
      index_[q] = list[q];
      largest = largest > list[q] ? largest : list[q];
    }
    for (Size q = count; q < count + kLanes<T>; ++q) index_[q] = 0;
    if (kSpan == 0 || largest + 1 < kSpan) return; // no windows, or they would reach beyond the largest index: pick one by one
    for (Size q = 0; q < count;) {
      const std::int32_t start = list[q] < largest + 1 - kSpan ? list[q] : largest + 1 - kSpan;
      Size end = q + 1;
      while (end < count && end < q + kLanes<T> && list[end] >= start && list[end] < start + kSpan) ++end;
      windows_[windowCount_++] = {static_cast<std::int32_t>(q), start};
      q = end;
    }
  }

  // to[q] = row[list[q]]; may write up to a vector of anything behind the last.
  THINNET_INLINE void copy(const T* row, T* to) const {
    if constexpr (kSpan > 0) {
      for (Size w = 0; w < windowCount_; ++w) {
        const Window window = windows_[w];
        store(to + window.first, pickWindow(row + window.start, index_ + window.first, window.start));
      }
      if (windowCount_ > 0) return;
    }
    for (Size q = 0; q < count_; ++q) to[q] = row[index_[q]];
  }

 private:
  static constexpr std::int32_t kSpan = kWindowSpan<T>;
  struct Window {
    std::int32_t first, start;
  };
  Size count_, windowCount_ = 0;
  std::int32_t index_[kBlockLimit + kLanes<T>];
  Window windows_[kSpan > 0 ? kBlockLimit : 1];
};

// to[j * toStep + i] = from[i][j] for i, j < 4
template <class T> THINNET_INLINE void transpose4(const T* from0, const T* from1, const T* from2, const T* from3, T* to, Size toStep) {
  using V = Vec4<T>;
  const V a = *reinterpret_cast<const V*>(from0), b = *reinterpret_cast<const V*>(from1);
  const V c = *reinterpret_cast<const V*>(from2), d = *reinterpret_cast<const V*>(from3);
  const V ab0 = THINNET_SHUFFLE(T, a, b, 0, 4, 1, 5), ab1 = THINNET_SHUFFLE(T, a, b, 2, 6, 3, 7);
  const V cd0 = THINNET_SHUFFLE(T, c, d, 0, 4, 1, 5), cd1 = THINNET_SHUFFLE(T, c, d, 2, 6, 3, 7);
  *reinterpret_cast<V*>(to) = THINNET_SHUFFLE(T, ab0, cd0, 0, 1, 4, 5);
  *reinterpret_cast<V*>(to + toStep) = THINNET_SHUFFLE(T, ab0, cd0, 2, 3, 6, 7);
  *reinterpret_cast<V*>(to + 2 * toStep) = THINNET_SHUFFLE(T, ab1, cd1, 0, 1, 4, 5);
  *reinterpret_cast<V*>(to + 3 * toStep) = THINNET_SHUFFLE(T, ab1, cd1, 2, 3, 6, 7);
}

// to[j * toStep + i] = row(i)[j] for i < rows, j < columns
template <class T, class Row> THINNET_INLINE void transpose(Size rows, Size columns, const Row& row, T* to, Size toStep) {
  Size i = 0;
  for (; i + 4 <= rows; i += 4) {
    const T *r0 = row(i), *r1 = row(i + 1), *r2 = row(i + 2), *r3 = row(i + 3);
    Size j = 0;
    for (; j + 4 <= columns; j += 4) transpose4(r0 + j, r1 + j, r2 + j, r3 + j, to + j * toStep + i, toStep);
    for (; j < columns; ++j) {
      T* at = to + j * toStep + i;
      at[0] = r0[j];
      at[1] = r1[j];
      at[2] = r2[j];
      at[3] = r3[j];
    }
  }
  for (; i < rows; ++i) {
    const T* r = row(i);
    for (Size j = 0; j < columns; ++j) to[j * toStep + i] = r[j];
  }
}

// Packs lanes [lane, lane + count) of inner indices [p, p + k) as to[p][width]; lanes from count to width become 0.
template <class T> void packPanel(const Operand<T>& from, Size lane, Size count, Size p, Size k, T* to, Size width) {
  if (count < width) {
    for (Size q = 0; q < k; ++q) {
      for (Size i = count; i < width; ++i) to[q * width + i] = T(0);
    }
  }
  if (from.outerContiguous()) {
    const T* first = from.outer(lane);
    for (Size q = 0; q < k; ++q) copy(first + from.inner(p + q), count, to + q * width);
  } else if (from.innerContiguous()) {
    transpose(count, k, [&](Size i) { return from.outer(lane + i) + p; }, to, width);
  } else {
    for (Size i = 0; i < count; ++i) {
      const T* row = from.outer(lane + i);
      for (Size q = 0; q < k; ++q) to[q * width + i] = row[from.inner(p + q)];
    }
  }
}

// Packs rows [row, row + count) of inner indices [p, p + k) in strips of kTileRows (the last one may have fewer), each
// strip from to + i * rowStep on, where i is its first row. Within a strip: [i][rowStep] where the operand's rows are
// contiguous (or chosen from contiguous ones), else [p][rows of the strip]. Needs k + kStripPadding <= rowStep.
template <class T> void packStrips(const Operand<T>& from, Size row, Size count, Size p, Size k, T* to, Size rowStep) {
  if (from.innerContiguous()) {
    for (Size i = 0; i < count; ++i) copy(from.outer(row + i) + p, k, to + i * rowStep);
    return;
  }
  if (from.innerStride == 1) {
    const Selection<T> chosen(from.innerList + p, k);
    for (Size i = 0; i < count; ++i) chosen.copy(from.outer(row + i), to + i * rowStep);
    return;
  }
  const auto distribute = [&](const T* source, Size q) {
    Size i = 0;
    for (; i + kTileRows <= count; i += kTileRows) __builtin_memcpy(to + i * rowStep + q * kTileRows, source + i, kTileRows * sizeof(T));
    T* at = to + i * rowStep + q * (count - i);
    for (Size r = 0; i + r < count; ++r) at[r] = source[i + r];
  };
  if (from.outerContiguous()) {
    // Rows some KiB apart fall on few cache sets: L1 alone cannot hold enough of them in flight.
    constexpr Size distance = 48;
    const T* first = from.outer(row);
    for (Size q = 0; q < k; ++q) {
      const char* ahead = reinterpret_cast<const char*>(first + from.inner(p + minOf(k - 1, q + distance)));
      for (Size byte = 0; byte < count * static_cast<Size>(sizeof(T)); byte += 64) __builtin_prefetch(ahead + byte, 0, 2);
      distribute(first + from.inner(p + q), q);
    }
  } else if (from.outerStride == 1) {
    const Selection<T> chosen(from.outerList + row, count);
    T line[kChunkRows + kLanes<T>];
    for (Size q = 0; q < k; ++q) {
      chosen.copy(from.base + from.inner(p + q), line);
      distribute(line, q);
    }
  } else {
    T line[kChunkRows];
    for (Size q = 0; q < k; ++q) {
      const Size offset = from.inner(p + q);
      for (Size i = 0; i < count; ++i) line[i] = from.outer(row + i)[offset];
      distribute(line, q);
    }
  }
}

} // namespace thinnet::TARGET::gemm_detail
