// Softmax and its kin over the rows of [rows, cols], contiguous. out may be an operand of its shape.
//
// Infinities as in PyTorch: a row of nothing but -inf has no softmax (NaN), but a sum of exponentials of 0.
#pragma once
#include "loops.inl.hpp"
#include "reduce.inl.hpp"

namespace thinnet::TARGET {

namespace rowwise {

constexpr Size kBlock = 256;

// The sum of n numbers, a block at a time: write(block, at, count) puts them at block, from the at-th on, or tells where
// else it has put them.
template <class T, class Write> THINNET_INLINE double sumOf(Size n, const Write& write) {
  T block[kBlock];
  double total = 0;
  for (Size at = 0; at < n; at += kBlock) {
    const Size count = minOf(kBlock, n - at);
    total += static_cast<double>(reduction::row<reduction::Sum>(write(block, at, count), count));
  }
  return total;
}

// NaN if there is one.
template <class T> inline T largest(const T* x, Size n) { return reduction::row<reduction::Maximum>(x, n); }

// The sum of e^(x - shift), and these themselves if out is not null; out may be x.
template <class T> inline double exponentials(T* out, const T* x, Size n, T shift) {
  const Vec<T> down = splat(shift);
  return sumOf<T>(n, [&](T* block, Size at, Size count) {
    T* const to = out ? out + at : block;
    loops::map(to, count, [&](Vec<T> v) { return math::exp(v - down); }, x + at);
    return to;
  });
}

template <class T> inline T logOf(double sum) { return static_cast<T>(__builtin_log(sum)); }

// The softmax of a row. Returns Σ e^(x - shift), where shift is the largest x.
template <class T> inline double softmax(T* out, const T* x, Size n, T shift) {
  const double sum = exponentials(out, x, n, shift);
  const Vec<T> divisor = splat(static_cast<T>(sum));
  loops::map(out, n, [&](Vec<T> e) { return e / divisor; }, out);
  return sum;
}

// body(out's row, each operand's row) for all rows, by floating type; rows of out are `outCols` long.
template <class Body, class... Operands> inline void eachRow(Size dtype, Size rows, Size outCols, Size cols, const Body& body, Ptr out, Operands... operands) {
  const auto run = [&](auto zero) {
    using T = decltype(zero);
    loops::inTasks(rows, cols, [&](Size begin, Size end) {
      for (Size r = begin; r < end; ++r) body(static_cast<T*>(out) + r * outCols, static_cast<const T*>(operands) + r * cols...);
    });
  };
  dtype == kFloat64 ? run(0.0) : run(0.0f);
}
template <class Pointer> using ElementAt = typename math::Plain<decltype(*static_cast<Pointer>(nullptr))>::type;

} // namespace rowwise

// e^x / Σ e^x
void softmax(Size dtype, Ptr out, Ptr x, Size rows, Size cols) {
  rowwise::eachRow(dtype, rows, cols, cols, [cols](auto* to, const auto* from) {
    rowwise::softmax(to, from, cols, rowwise::largest(from, cols));
  }, out, x);
}

// x - log Σ e^x
void logSoftmax(Size dtype, Ptr out, Ptr x, Size rows, Size cols) {
  rowwise::eachRow(dtype, rows, cols, cols, [cols](auto* to, const auto* from) {
    using T = rowwise::ElementAt<decltype(to)>;
    const T most = rowwise::largest(from, cols);
    const Vec<T> down = splat(most), log = splat(rowwise::logOf<T>(rowwise::exponentials<T>(nullptr, from, cols, most)));
    loops::map(to, cols, [&](Vec<T> v) { return (v - down) - log; }, from);
  }, out, x);
}

// out[rows] = log Σ e^x
void logSumExp(Size dtype, Ptr out, Ptr x, Size rows, Size cols) {
  rowwise::eachRow(dtype, rows, 1, cols, [cols](auto* to, const auto* from) {
    using T = rowwise::ElementAt<decltype(to)>;
    const T most = rowwise::largest(from, cols), shift = most - most == 0 ? most : T(0);
    *to = shift + rowwise::logOf<T>(rowwise::exponentials<T>(nullptr, from, cols, shift));
  }, out, x);
}

// y·(g - Σ g·y), with y the softmax
void softmaxBackward(Size dtype, Ptr out, Ptr g, Ptr y, Size rows, Size cols) {
  rowwise::eachRow(dtype, rows, cols, cols, [cols](auto* to, const auto* gradient, const auto* result) {
    using T = rowwise::ElementAt<decltype(to)>;
    const double sum = rowwise::sumOf<T>(cols, [&](T* block, Size at, Size count) {
      loops::map(block, count, [](Vec<T> a, Vec<T> b) { return a * b; }, gradient + at, result + at);
      return block;
    });
    const Vec<T> mean = splat(static_cast<T>(sum));
    loops::map(to, cols, [&](Vec<T> a, Vec<T> b) { return b * (a - mean); }, gradient, result);
  }, out, g, y);
}

// g - e^y·Σ g, with y the log-softmax
void logSoftmaxBackward(Size dtype, Ptr out, Ptr g, Ptr y, Size rows, Size cols) {
  rowwise::eachRow(dtype, rows, cols, cols, [cols](auto* to, const auto* gradient, const auto* result) {
    using T = rowwise::ElementAt<decltype(to)>;
    const Vec<T> sum = splat(reduction::row<reduction::Sum>(gradient, cols));
    loops::map(to, cols, [&](Vec<T> a, Vec<T> b) { return a - math::exp(b) * sum; }, gradient, result);
  }, out, g, y);
}

} // namespace thinnet::TARGET
