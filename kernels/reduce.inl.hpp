// Reductions of x, contiguous and viewed as [outer, len, inner], over its middle dimension, into out, [outer, inner].
//
// Sums are pairwise: of blocks, whose sums are added in pairs, and so on, so that errors grow with the logarithm of len.
// How work is cut depends on the shape alone, and so do the results. out and x do not overlap.
#pragma once
#include "math.inl.hpp"

namespace thinnet::TARGET {

namespace reduction {

// What is reduced by: vectors and numbers alike; `identity` changes nothing.
struct Sum {
  template <class V> static THINNET_INLINE V of(V a, V b) { return a + b; }
  template <class T> static constexpr T identity = 0;
};
struct Product {
  template <class V> static THINNET_INLINE V of(V a, V b) { return a * b; }
  template <class T> static constexpr T identity = 1;
};
struct Maximum { // NaN wins
  template <class V> static THINNET_INLINE V of(V a, V b) { return ((a > b) | (a != a)) ? a : b; }
  template <class T> static constexpr T identity = T(0.5) != 0 ? -static_cast<T>(__builtin_inf()) : T(-1) < T(0) ? static_cast<T>(INT32_MIN) : T(0);
};
struct Minimum {
  template <class V> static THINNET_INLINE V of(V a, V b) { return ((a < b) | (a != a)) ? a : b; }
  template <class T> static constexpr T identity = T(0.5) != 0 ? static_cast<T>(__builtin_inf()) : T(-1) < T(0) ? static_cast<T>(INT32_MAX) : T(255);
};

// Of n lanes, a power of two, in halves.
template <class Op, class T, Size n> THINNET_INLINE T acrossLanes(const T* lanes) {
  if constexpr (n == 1) {
    return lanes[0];
  } else {
    T half[n / 2];
    if constexpr (n * sizeof(T) > 16) {
      typedef T Half __attribute__((vector_size(n / 2 * sizeof(T)), aligned(1), may_alias));
      *reinterpret_cast<Half*>(half) = Op::of(*reinterpret_cast<const Half*>(lanes), *reinterpret_cast<const Half*>(lanes + n / 2));
    } else {
      for (Size i = 0; i < n / 2; ++i) half[i] = Op::of(lanes[i], lanes[i + n / 2]);
    }
    return acrossLanes<Op, T, n / 2>(half);
  }
}
template <class Op, class T> THINNET_INLINE T acrossLanes(Vec<T> v) {
  T lanes[kLanes<T>];
  store(lanes, v);
  return acrossLanes<Op, T, kLanes<T>>(lanes);
}

// Of n numbers in a row.
template <class Op, class T> inline T row(const T* x, Size n) {
  constexpr Size lanes = kLanes<T>, block = 64 * lanes;
  if (n > block) {
    const Size half = divUp(n, 2 * block) * block;
    return Op::of(row<Op>(x, half), row<Op>(x + half, n - half));
  }
  const Vec<T> start = splat(Op::template identity<T>);
  if (n < lanes) return acrossLanes<Op, T>(loadFirst(x, n, start));
  Vec<T> a = start, b = start, c = start, d = start;
  Size i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    a = Op::of(a, load(x + i));
    b = Op::of(b, load(x + i + lanes));
    c = Op::of(c, load(x + i + 2 * lanes));
    d = Op::of(d, load(x + i + 3 * lanes));
  }
  for (; i + lanes <= n; i += lanes) a = Op::of(a, load(x + i));
  if (i < n) b = Op::of(b, loadFirst(x + i, n - i, start));
  return acrossLanes<Op, T>(Op::of(Op::of(a, b), Op::of(c, d)));
}

// Vectors of whole rows, and of rows shorter than a vector.
struct Whole {
  template <class T> THINNET_INLINE Vec<T> get(const T* p) const { return load(p); }
  template <class T> THINNET_INLINE void put(T* p, Vec<T> v) const { store(p, v); }
};
struct First {
  Size count;
  template <class T> THINNET_INLINE Vec<T> get(const T* p) const { return loadFirst(p, count); }
  template <class T> THINNET_INLINE void put(T* p, Vec<T> v) const { storeFirst(p, v, count); }
};

// Of `len` rows of `width` vectors, `stride` elements apart.
template <class Op, class T, Size width, class Access> inline void columns(T* out, const T* x, Size len, Size stride, Access access) {
  constexpr Size lanes = kLanes<T>, block = 64;
  Vec<T> sums[width];
  if (len > block) {
    const Size half = divUp(len, 2 * block) * block;
    T halves[2][width * lanes];
    columns<Op, T, width>(halves[0], x, half, stride, access);
    columns<Op, T, width>(halves[1], x + half * stride, len - half, stride, access);
    for (Size j = 0; j < width; ++j) sums[j] = Op::of(access.get(halves[0] + j * lanes), access.get(halves[1] + j * lanes));
  } else {
    for (Size j = 0; j < width; ++j) sums[j] = splat(Op::template identity<T>);
    for (Size i = 0; i < len; ++i) {
      for (Size j = 0; j < width; ++j) sums[j] = Op::of(sums[j], access.get(x + i * stride + j * lanes));
    }
  }
  for (Size j = 0; j < width; ++j) access.put(out + j * lanes, sums[j]);
}

// Of columns [begin, end) of a matrix of `inner` columns.
template <class Op, class T> inline void columnRange(T* out, const T* x, Size len, Size inner, Size begin, Size end) {
  constexpr Size lanes = kLanes<T>;
  Size j = begin;
  for (; j + 8 * lanes <= end; j += 8 * lanes) columns<Op, T, 8>(out + j, x + j, len, inner, Whole{});
  for (; j + lanes <= end; j += lanes) columns<Op, T, 1>(out + j, x + j, len, inner, Whole{});
  if (j == end) return;
  // The last vector may take in columns that are done already, and finds the same for them.
  if (end - begin >= lanes) columns<Op, T, 1>(out + end - lanes, x + end - lanes, len, inner, Whole{});
  else columns<Op, T, 1>(out + j, x + j, len, inner, First{end - j});
}

// A reduction by an operation and a type.
struct Reducer {
  Size itemBytes;
  void (*row)(char* out, const char* x, Size n);
  void (*columns)(char* out, const char* x, Size len, Size inner, Size begin, Size end);
};
template <class Op, class T> inline Reducer reducer() {
  return {sizeof(T), [](char* out, const char* x, Size n) { *reinterpret_cast<T*>(out) = row<Op>(reinterpret_cast<const T*>(x), n); },
          [](char* out, const char* x, Size len, Size inner, Size begin, Size end) {
            columnRange<Op>(reinterpret_cast<T*>(out), reinterpret_cast<const T*>(x), len, inner, begin, end);
          }};
}

// Of `count` matrices in a row of [rows, inner] each, but that every `perBlock`-th one has only what is left of blockRows.
inline void matrices(const Reducer& op, char* out, const char* x, Size count, Size rows, Size inner, Size perBlock, Size blockRows) {
  constexpr Size unit = 8 * kLanes<float>;
  const Size width = inner == 1 ? 1 : minOf(inner, divUp(maxOf(1, kGrain / maxOf(1, rows)), unit) * unit);
  const Size strips = divUp(inner, width), total = count * strips;
  const Size group = maxOf(1, kGrain / maxOf(16, rows * width));
  parallel(divUp(total, group), [&](Size task, int) {
    for (Size i = task * group; i < minOf(total, (task + 1) * group); ++i) {
      const Size matrix = i / strips, begin = i % strips * width;
      const Size first = matrix % perBlock * rows, len = minOf(rows, blockRows - first);
      char* to = out + matrix * inner * op.itemBytes;
      const char* from = x + (matrix / perBlock * blockRows + first) * inner * op.itemBytes;
      if (inner == 1) op.row(to, from, len);
      else op.columns(to, from, len, inner, begin, minOf(inner, begin + width));
    }
  });
}

// A long dimension is cut into pieces first, whose results are then reduced in turn.
inline __attribute__((noinline)) void reduce(const Reducer& op, Ptr out, Ptr x, Size outer, Size len, Size inner) {
  if (outer * inner == 0) return;
  char* const to = static_cast<char*>(out);
  const char* const from = static_cast<const char*>(x);
  const Size piece = maxOf(64, kGrain / inner), pieces = divUp(len, piece);
  if (pieces <= 1 || outer * pieces * inner * op.itemBytes > kScratchBytes) return matrices(op, to, from, outer, len, inner, 1, len);
  char* const partial = static_cast<char*>(sharedScratch());
  matrices(op, partial, from, outer * pieces, piece, inner, pieces, len);
  matrices(op, to, partial, outer, pieces, inner, 1, pieces);
}

template <class Op, class Integer> inline void reduceNumbers(Size dtype, Ptr out, Ptr x, Size outer, Size len, Size inner) {
  if (dtype == kFloat32) reduce(reducer<Op, float>(), out, x, outer, len, inner);
  else if (dtype == kFloat64) reduce(reducer<Op, double>(), out, x, outer, len, inner);
  else if (dtype == kInt32) reduce(reducer<Op, Integer>(), out, x, outer, len, inner);
}

} // namespace reduction

// Integers wrap around, as unsigned ones do; uint8 and bool must be cast before. An empty sum is 0, an empty product 1.
void sum(Size dtype, Ptr out, Ptr x, Size outer, Size len, Size inner) {
  reduction::reduceNumbers<reduction::Sum, std::uint32_t>(dtype, out, x, outer, len, inner);
}
void prod(Size dtype, Ptr out, Ptr x, Size outer, Size len, Size inner) {
  reduction::reduceNumbers<reduction::Product, std::uint32_t>(dtype, out, x, outer, len, inner);
}

namespace reduction {

// The first of n numbers that is `value`, which may be NaN; one of them is.
template <class T> inline Size firstOf(const T* x, Size n, T value) {
  constexpr Size block = 64; // looked through as a whole, by vectors
  const auto find = [&](const auto& matches) {
    Size i = 0;
    for (; i + block <= n; i += block) {
      T found = 0;
      for (Size j = 0; j < block; ++j) found = matches(x[i + j]) ? T(1) : found;
      if (found != 0) break;
    }
    while (i + 1 < n && !matches(x[i])) ++i;
    return i;
  };
  return value == value ? find([value](T v) { return v == value; }) : find([](T v) { return v != v; });
}

// indices[o, i] = the first l with x[o, l, i] equal to values[o, i], which is there; NaN equals NaN here.
template <class T> inline void firstIndices(std::int32_t* indices, const T* values, const T* x, Size outer, Size len, Size inner) {
  const auto same = [](T a, T b) { return (a == b) | ((a != a) & (b != b)); };
  const Size group = maxOf(1, kGrain / maxOf(1, len * inner));
  parallel(divUp(outer, group), [&](Size task, int) {
    for (Size o = task * group; o < minOf(outer, (task + 1) * group); ++o) {
      std::int32_t* index = indices + o * inner;
      const T* value = values + o * inner;
      const T* row = x + o * len * inner;
      if (inner == 1) {
        *index = static_cast<std::int32_t>(firstOf(row, len, *value));
        continue;
      }
      for (Size i = 0; i < inner; ++i) index[i] = 0;
      for (Size l = len - 1; l > 0; --l) {
        for (Size i = 0; i < inner; ++i) index[i] = same(row[l * inner + i], value[i]) ? static_cast<std::int32_t>(l) : index[i];
      }
      for (Size i = 0; i < inner; ++i) index[i] = same(row[i], value[i]) ? 0 : index[i];
    }
  });
}

template <class Op> inline void extreme(Size dtype, Ptr out, Ptr indices, Ptr x, Size outer, Size len, Size inner) {
  if (dtype == kUint8 || dtype == kBool) reduce(reducer<Op, std::uint8_t>(), out, x, outer, len, inner);
  else reduceNumbers<Op, std::int32_t>(dtype, out, x, outer, len, inner);
  if (!indices) return;
  std::int32_t* to = static_cast<std::int32_t*>(indices);
  if (dtype == kFloat32) firstIndices(to, static_cast<const float*>(out), static_cast<const float*>(x), outer, len, inner);
  else if (dtype == kFloat64) firstIndices(to, static_cast<const double*>(out), static_cast<const double*>(x), outer, len, inner);
  else if (dtype == kInt32) firstIndices(to, static_cast<const std::int32_t*>(out), static_cast<const std::int32_t*>(x), outer, len, inner);
  else firstIndices(to, static_cast<const std::uint8_t*>(out), static_cast<const std::uint8_t*>(x), outer, len, inner);
}

} // namespace reduction

// The extreme and, unless `indices` is 0, the index of the first element that equals it. NaN wins. len >= 1.
void maxReduce(Size dtype, Ptr out, Ptr indices, Ptr x, Size outer, Size len, Size inner) {
  reduction::extreme<reduction::Maximum>(dtype, out, indices, x, outer, len, inner);
}
void minReduce(Size dtype, Ptr out, Ptr indices, Ptr x, Size outer, Size len, Size inner) {
  reduction::extreme<reduction::Minimum>(dtype, out, indices, x, outer, len, inner);
}

namespace reduction {

// Running sums in type Total, each rounded to T as it is written.
template <class T, class Total> inline void running(T* out, const T* x, Size outer, Size len, Size inner) {
  constexpr Size width = 64; // columns at once
  const Size strips = divUp(inner, width), total = outer * strips;
  const Size group = maxOf(1, kGrain / maxOf(1, len * minOf(inner, width)));
  parallel(divUp(total, group), [&](Size task, int) {
    for (Size piece = task * group; piece < minOf(total, (task + 1) * group); ++piece) {
      const Size first = piece % strips * width, count = minOf(width, inner - first);
      const Size begin = piece / strips * len * inner + first;
      if (inner == 1) {
        Total sum = 0;
        for (Size at = begin; at < begin + len; ++at) out[at] = static_cast<T>(sum += static_cast<Total>(x[at]));
        continue;
      }
      Total sums[width] = {};
      for (Size l = 0; l < len; ++l) {
        const Size at = begin + l * inner;
        for (Size i = 0; i < count; ++i) out[at + i] = static_cast<T>(sums[i] += static_cast<Total>(x[at + i]));
      }
    }
  });
}

} // namespace reduction

// out[o, l, i] = the sum of x[o, 0 ... l, i]; out has x's shape and may be x.
void cumsum(Size dtype, Ptr out, Ptr x, Size outer, Size len, Size inner) {
  if (dtype == kFloat32) reduction::running<float, double>(static_cast<float*>(out), static_cast<const float*>(x), outer, len, inner);
  else if (dtype == kFloat64) reduction::running<double, double>(static_cast<double*>(out), static_cast<const double*>(x), outer, len, inner);
  else if (dtype == kInt32) reduction::running<std::uint32_t, std::uint32_t>(static_cast<std::uint32_t*>(out), static_cast<const std::uint32_t*>(x), outer, len, inner);
  else reduction::running<std::uint8_t, std::uint32_t>(static_cast<std::uint8_t*>(out), static_cast<const std::uint8_t*>(x), outer, len, inner);
}

namespace reduction {

// Of n squares, in double.
template <class T> inline double squares(const T* x, Size n) {
  constexpr Size lanes = kLanes<double>;
  Vec<double> a{}, b{}, c{}, d{};
  Size i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    const Vec<double> p = math::loadWide(x + i), q = math::loadWide(x + i + lanes);
    const Vec<double> r = math::loadWide(x + i + 2 * lanes), s = math::loadWide(x + i + 3 * lanes);
    a += p * p;
    b += q * q;
    c += r * r;
    d += s * s;
  }
  double rest = 0;
  for (; i < n; ++i) rest += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return acrossLanes<Sum, double>((a + b) + (c + d)) + rest;
}

} // namespace reduction

// *out, a double whatever x's floating type, = the sum of the squares of n elements.
void sumSquares(Size dtype, Ptr out, Ptr x, Size n) {
  const Size piece = maxOf(kGrain, divUp(n, kScratchBytes / 8)), pieces = divUp(n, piece);
  double* const partial = static_cast<double*>(sharedScratch());
  parallel(pieces, [&](Size task, int) {
    const Size begin = task * piece, count = minOf(piece, n - begin);
    partial[task] = dtype == kFloat64 ? reduction::squares(static_cast<const double*>(x) + begin, count) : reduction::squares(static_cast<const float*>(x) + begin, count);
  });
  *static_cast<double*>(out) = reduction::row<reduction::Sum>(partial, pieces);
}

} // namespace thinnet::TARGET
