// Copies of operand blocks in the order in which the inner kernel reads them, and 4x4 transposition.
#pragma once
#include "gemm_tile.inl.hpp"

namespace thinnet::TARGET::gemm_detail {

constexpr Size kBlockLimit = 512;  // inner indices per block: a strip's block stays in L1
constexpr Size kStripPadding = 16; // keeps packed strips off each other's cache sets
constexpr Size kChunkRows = 48;    // rows packed together: whole cache lines of an operand whose columns are contiguous
static_assert(kChunkRows % kTileRows == 0);

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

#if defined(__AVX2__)
// to[j * toStep + i] = row(i)[j] for i < 8, j < 4. The halves of 256 bits come together while loading: what is left is a
// transposition within 128 bits, done twice at once.
template <class Row> THINNET_INLINE void transpose8(const Row& row, float* to, Size toStep) {
  const auto both = [&](Size i) { return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row(i))), _mm_loadu_ps(row(i + 4)), 1); };
  const __m256 a = both(0), b = both(1), c = both(2), d = both(3);
  const __m256d ab0 = _mm256_castps_pd(_mm256_unpacklo_ps(a, b)), ab1 = _mm256_castps_pd(_mm256_unpackhi_ps(a, b));
  const __m256d cd0 = _mm256_castps_pd(_mm256_unpacklo_ps(c, d)), cd1 = _mm256_castps_pd(_mm256_unpackhi_ps(c, d));
  _mm256_storeu_ps(to, _mm256_castpd_ps(_mm256_unpacklo_pd(ab0, cd0)));
  _mm256_storeu_ps(to + toStep, _mm256_castpd_ps(_mm256_unpackhi_pd(ab0, cd0)));
  _mm256_storeu_ps(to + 2 * toStep, _mm256_castpd_ps(_mm256_unpacklo_pd(ab1, cd1)));
  _mm256_storeu_ps(to + 3 * toStep, _mm256_castpd_ps(_mm256_unpackhi_pd(ab1, cd1)));
}
#endif

// to[j * toStep + i] = row(i)[j] for i < rows, j < columns
template <class T, class Row> THINNET_INLINE void transpose(Size rows, Size columns, const Row& row, T* to, Size toStep) {
  // A few columns at a time, a cache line of each row: what they become stays in L1 until it is complete.
  constexpr Size kColumns = 64 / static_cast<Size>(sizeof(T));
  Size j0 = 0;
  for (; j0 + 4 <= columns; j0 += kColumns) {
    const Size end = minOf(columns, j0 + kColumns) / 4 * 4;
    Size i = 0;
#if defined(__AVX2__)
    if constexpr (sizeof(T) == 4) {
      for (; i + 8 <= rows; i += 8) {
        for (Size j = j0; j < end; j += 4) transpose8([&](Size r) { return row(i + r) + j; }, to + j * toStep + i, toStep);
      }
    }
#endif
    for (; i + 4 <= rows; i += 4) {
      const T *r0 = row(i), *r1 = row(i + 1), *r2 = row(i + 2), *r3 = row(i + 3);
      for (Size j = j0; j < end; j += 4) transpose4(r0 + j, r1 + j, r2 + j, r3 + j, to + j * toStep + i, toStep);
    }
    for (; i < rows; ++i) {
      const T* r = row(i);
      for (Size j = j0; j < end; ++j) to[j * toStep + i] = r[j];
    }
  }
  for (Size j = columns / 4 * 4; j < columns; ++j) {
    for (Size i = 0; i < rows; ++i) to[j * toStep + i] = row(i)[j];
  }
}

// Packs `panels` panels, from lane number `lane` of `lanes` on, of inner indices [p, p + k): to[panel * step + q * width]
// holds the lanes of index p + q, where width is kPanelLanes, less in the last panel if it has a vector less. Lanes beyond
// the operand become 0.
template <class T> void packPanels(const Operand<T>& from, Size lane, Size lanes, Size panels, Size p, Size k, T* to, Size step) {
  const auto countOf = [&](Size panel) { return minOf(kPanelLanes<T>, lanes - lane - panel * kPanelLanes<T>); };
  const auto widthOf = [&](Size panel) { return divUp(countOf(panel), kLanes<T>) * kLanes<T>; };
  if (from.outerContiguous()) {
    // Along the operand's lines, so that each of its pages is touched once: as wide as a task, not as a panel.
    const T* first = from.outer(lane);
    const Size whole = countOf(panels - 1) == kPanelLanes<T> ? panels : panels - 1;
    for (Size q = 0; q < k; ++q) {
      const T* line = first + from.inner(p + q);
      T* at = to + q * kPanelLanes<T>;
      for (Size panel = 0; panel < whole; ++panel, line += kPanelLanes<T>, at += step) {
        THINNET_UNROLL for (Size v = 0; v < kTileVectors; ++v) store(at + v * kLanes<T>, load(line + v * kLanes<T>));
      }
      if (whole == panels) continue;
      const Size count = countOf(whole), width = widthOf(whole);
      at = to + whole * step + q * width;
      for (Size i = 0; i < width; i += kLanes<T>) store(at + i, loadFirst(line + i, minOf(kLanes<T>, count - i)));
    }
    return;
  }
  for (Size panel = 0; panel < panels; ++panel, to += step) {
    const Size count = countOf(panel), width = widthOf(panel), first = lane + panel * kPanelLanes<T>;
    for (Size i = count; i < width; ++i) {
      for (Size q = 0; q < k; ++q) to[q * width + i] = T(0);
    }
    if (from.innerContiguous()) {
      transpose(count, k, [&](Size i) { return from.outer(first + i) + p; }, to, width);
    } else {
      for (Size i = 0; i < count; ++i) {
        const T* row = from.outer(first + i);
        for (Size q = 0; q < k; ++q) to[q * width + i] = row[from.inner(p + q)];
      }
    }
  }
}

// Packs rows [row, row + count), at most kChunkRows, of inner indices [p, p + k) in strips of kTileRows (the last one may
// have fewer): the strip whose first row is i begins at to + i * step and holds [q][rows of the strip].
template <class T> void packStrips(const Operand<T>& from, Size row, Size count, Size p, Size k, T* to, Size step) {
  if (from.innerContiguous()) {
    for (Size i = 0; i < count; i += kTileRows) {
      const Size rows = minOf(kTileRows, count - i);
      transpose(rows, k, [&](Size r) { return from.outer(row + i + r) + p; }, to + i * step, rows);
    }
    return;
  }
  if (from.innerStride == 1) {
    constexpr Size line = kBlockLimit + kLanes<T>;
    T lines[kTileRows * line];
    const Selection<T> chosen(from.innerList + p, k);
    for (Size i = 0; i < count; i += kTileRows) {
      const Size rows = minOf(kTileRows, count - i);
      for (Size r = 0; r < rows; ++r) chosen.copy(from.outer(row + i + r), lines + r * line);
      transpose(rows, k, [&](Size r) { return lines + r * line; }, to + i * step, rows);
    }
    return;
  }
  const auto distribute = [&](const T* source, Size q) {
    Size i = 0;
    for (; i + kTileRows <= count; i += kTileRows) __builtin_memcpy(to + i * step + q * kTileRows, source + i, kTileRows * sizeof(T));
    T* at = to + i * step + q * (count - i);
    for (Size r = 0; i + r < count; ++r) at[r] = source[i + r];
  };
  if (from.outerContiguous()) {
    const T* first = from.outer(row);
    for (Size q = 0; q < k; ++q) distribute(first + from.inner(p + q), q);
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
