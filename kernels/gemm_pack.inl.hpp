// Copies of operand blocks in the order in which the inner kernel reads them, and 4x4 transposition.
#pragma once
#include "gemm_tile.inl.hpp"

namespace thinnet::TARGET::gemm_detail {

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

// Four lanes: the block that every target can transpose.
template <class T> struct Quad { typedef T type __attribute__((vector_size(4 * sizeof(T)), aligned(1), may_alias)); };
template <class T> using Vec4 = typename Quad<T>::type;

// One lane: for tails, which so take the same path as whole vectors.
template <class T> struct Single { typedef T type __attribute__((vector_size(sizeof(T)), aligned(1), may_alias)); };
template <class T> using Vec1 = typename Single<T>::type;

#if defined(__clang__)
#define THINNET_SHUFFLE(T, x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
template <Size Bytes> struct IntegerOf { typedef std::int32_t type; };
template <> struct IntegerOf<8> { typedef std::int64_t type; };
#define THINNET_SHUFFLE(T, x, y, ...) __builtin_shuffle(x, y, Vec4<typename IntegerOf<sizeof(T)>::type>{__VA_ARGS__})
#endif

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
    for (Size q = 0; q < k; ++q) {
      const T* source = first + from.inner(p + q);
      T* at = to + q * width;
      Size i = 0;
      for (; i + kLanes<T> <= count; i += kLanes<T>) store(at + i, load(source + i));
      for (; i < count; ++i) at[i] = source[i];
    }
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
// contiguous, else [p][rows of the strip].
template <class T> void packStrips(const Operand<T>& from, Size row, Size count, Size p, Size k, T* to, Size rowStep) {
  if (from.innerContiguous()) {
    for (Size i = 0; i < count; ++i) {
      const T* source = from.outer(row + i) + p;
      T* at = to + i * rowStep;
      Size q = 0;
      for (; q + kLanes<T> <= k; q += kLanes<T>) store(at + q, load(source + q));
      for (; q < k; ++q) at[q] = source[q];
    }
  } else if (from.outerContiguous()) {
    const T* first = from.outer(row);
    for (Size q = 0; q < k; ++q) {
      const T* source = first + from.inner(p + q);
      Size i = 0;
      for (; i + kTileRows <= count; i += kTileRows) __builtin_memcpy(to + i * rowStep + q * kTileRows, source + i, kTileRows * sizeof(T));
      T* at = to + i * rowStep + q * (count - i);
      for (Size r = 0; i + r < count; ++r) at[r] = source[i + r];
    }
  } else {
    for (Size i = 0; i < count; i += kTileRows) {
      const Size rows = minOf(kTileRows, count - i);
      const T* source[kTileRows];
      for (Size r = 0; r < rows; ++r) source[r] = from.outer(row + i + r);
      T* at = to + i * rowStep;
      for (Size q = 0; q < k; ++q, at += rows) {
        const Size offset = from.inner(p + q);
        for (Size r = 0; r < rows; ++r) at[r] = source[r][offset];
      }
    }
  }
}

} // namespace thinnet::TARGET::gemm_detail
