// Filling, converting and moving elements.
#pragma once
#include "loops.inl.hpp"
#include "math.inl.hpp"

namespace thinnet::TARGET {

namespace copies {

// Calls f with a null pointer of the element type.
template <class F> THINNET_INLINE void byType(Size dtype, const F& f) {
  if (dtype == kInt32) f(static_cast<std::int32_t*>(nullptr)); // with its sign
  else loops::byType(dtype, f);
}

// Fractions are cut off; a bool is whether the number is not 0. Whole numbers wrap; what int32 cannot hold is undefined,
// but traps nowhere.
template <class To, class From> THINNET_INLINE To convert(From x) {
  if constexpr (static_cast<From>(0.5) != 0 && sizeof(To) == 1) return static_cast<To>(static_cast<std::int32_t>(x));
  else return static_cast<To>(x);
}

} // namespace copies

// out[i] = value for i < n.
void fill(Size dtype, Ptr out, Size n, Num value) {
  const loops::Element element(dtype, value);
  copies::byType(dtype, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    auto x = *to;
    __builtin_memcpy(&x, element.bytes, sizeof(x));
    parallelRange(n, [&](Size begin, Size end) {
      for (Size i = begin; i < end; ++i) to[i] = x;
    });
  });
}

// out[i] = start + i·step for i < n, computed in double.
void arange(Size dtype, Ptr out, Size n, Num start, Num step) {
  copies::byType(dtype, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    parallelRange(n, [&](Size begin, Size end) {
      for (Size i = begin; i < end; ++i) to[i] = copies::convert<typename math::Plain<decltype(*to)>::type>(start + static_cast<double>(i) * step);
    });
  });
}

// out[i] = x[i] of another type, i < n. out may be x if the types are the same.
void cast(Size to, Ptr out, Size from, Ptr x, Size n) {
  copies::byType(from, [&](auto* fromType) {
    const auto* in = static_cast<decltype(fromType)>(x);
    if (to == kBool) {
      std::uint8_t* bools = static_cast<std::uint8_t*>(out);
      return parallelRange(n, [&](Size begin, Size end) {
        for (Size i = begin; i < end; ++i) bools[i] = in[i] != 0;
      });
    }
    copies::byType(to, [&](auto* toType) {
      auto* result = static_cast<decltype(toType)>(out);
      parallelRange(n, [&](Size begin, Size end) {
        for (Size i = begin; i < end; ++i) result[i] = copies::convert<typename math::Plain<decltype(*result)>::type>(in[i]);
      });
    });
  });
}

namespace copies {

constexpr Size kTile = 16; // 64 bytes of float32: a line of either matrix

// A rectangle of rows × columns elements between two layouts.
template <class T> inline void rectangle(T*, char* toBytes, const char* fromBytes, Size rows, Size columns, Size toRow, Size toColumn, Size fromRow, Size fromColumn) {
  typedef T Item __attribute__((may_alias));
  Item* to = reinterpret_cast<Item*>(toBytes);
  const Item* from = reinterpret_cast<const Item*>(fromBytes);
  if (toColumn == 1 && fromColumn == 1) {
    for (Size r = 0; r < rows; ++r) __builtin_memcpy(to + r * toRow, from + r * fromRow, static_cast<std::size_t>(columns) * sizeof(T));
    return;
  }
  for (Size row = 0; row < rows; row += kTile) {
    const Size height = minOf(kTile, rows - row);
    for (Size column = 0; column < columns; column += kTile) {
      const Size width = minOf(kTile, columns - column);
      Item* tileTo = to + row * toRow + column * toColumn;
      const Item* tileFrom = from + row * fromRow + column * fromColumn;
      // Through a tile of our own: lines of either matrix may well share one cache set, and are each touched once only.
      T tile[kTile][kTile];
      if (fromRow == 1 && height == kTile) {
        for (Size c = 0; c < width; ++c) __builtin_memcpy(tile[c], tileFrom + c * fromColumn, sizeof(tile[c]));
      } else {
        for (Size c = 0; c < width; ++c) {
          for (Size r = 0; r < height; ++r) tile[c][r] = tileFrom[r * fromRow + c * fromColumn];
        }
      }
      for (Size r = 0; r < height; ++r) {
        if (toColumn == 1 && width == kTile) {
          T line[kTile];
          for (Size c = 0; c < kTile; ++c) line[c] = tile[c][r];
          __builtin_memcpy(tileTo + r * toRow, line, sizeof(line));
        } else {
          for (Size c = 0; c < width; ++c) tileTo[r * toRow + c * toColumn] = tile[c][r];
        }
      }
    }
  }
}

inline Size magnitude(Size x) { return x < 0 ? -x : x; }

} // namespace copies

// out[i, j, ...] = x[i, j, ...], elements of 1, 4 or 8 bytes. desc holds int32s: shape[ndim], strides of out[ndim] and of
// x[ndim] in elements; ndim may be 0. out and x do not overlap; elements of out are distinct.
//
// Two dimensions, the innermost of either side, are walked in tiles; the others and strips of these are the tasks.
void copyStrided(Size itemBytes, Ptr out, Ptr x, Size ndim, Ptr desc) {
  const std::int32_t* shape = static_cast<const std::int32_t*>(desc);
  const std::int32_t *toStrides = shape + ndim, *fromStrides = shape + 2 * ndim;
  Size n = 1;
  for (Size d = 0; d < ndim; ++d) n *= shape[d];
  if (n == 0) return;

  // Columns: where out is densest. Rows: where x is, or, if that is the same, the dimension before.
  Size column = -1, row = -1;
  for (Size d = 0; d < ndim; ++d) {
    if (shape[d] > 1 && (column < 0 || copies::magnitude(toStrides[d]) <= copies::magnitude(toStrides[column]))) column = d;
  }
  for (Size d = 0; d < ndim; ++d) {
    if (shape[d] > 1 && d != column && (row < 0 || copies::magnitude(fromStrides[d]) <= copies::magnitude(fromStrides[row]))) row = d;
  }
  const auto along = [](const std::int32_t* values, Size d, Size none) { return d < 0 ? none : Size{values[d]}; };
  const Size rows = along(shape, row, 1), columns = along(shape, column, 1);
  const Size toRow = along(toStrides, row, 0), toColumn = along(toStrides, column, 1);
  const Size fromRow = along(fromStrides, row, 0), fromColumn = along(fromStrides, column, 1);

  // A rectangle of the two is cut into strips of about kGrain elements; small ones are grouped instead.
  const Size area = rows * columns, rectangles = n / area;
  const Size stripRows = minOf(rows, divUp(maxOf(1, kGrain / columns), copies::kTile) * copies::kTile);
  const Size stripColumns = minOf(columns, kGrain);
  const Size strips = divUp(rows, stripRows), parts = divUp(columns, stripColumns);
  const Size group = maxOf(1, kGrain / (stripRows * stripColumns));
  const Size total = rectangles * strips * parts;
  parallel(divUp(total, group), [&](Size task, int) {
    for (Size piece = task * group; piece < minOf(total, (task + 1) * group); ++piece) {
      const Size firstRow = piece / parts % strips * stripRows, firstColumn = piece % parts * stripColumns;
      Size to = firstRow * toRow + firstColumn * toColumn, from = firstRow * fromRow + firstColumn * fromColumn;
      Size rest = piece / parts / strips;
      for (Size d = ndim - 1; d >= 0; --d) {
        if (d == row || d == column) continue;
        to += rest % shape[d] * toStrides[d];
        from += rest % shape[d] * fromStrides[d];
        rest /= shape[d];
      }
      loops::byItem(itemBytes, [&](auto* item) {
        copies::rectangle(item, static_cast<char*>(out) + to * itemBytes, static_cast<const char*>(x) + from * itemBytes, minOf(stripRows, rows - firstRow),
                          minOf(stripColumns, columns - firstColumn), toRow, toColumn, fromRow, fromColumn);
      });
    }
  });
}

} // namespace thinnet::TARGET
