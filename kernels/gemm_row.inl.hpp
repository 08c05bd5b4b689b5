// The product of one row with a matrix: prediction for a single example. Every element of the matrix is used once, so
// there is nothing to pack: it is read once, in its own order, at the speed of memory.
#pragma once
#include "gemm_pack.inl.hpp"

namespace thinnet::TARGET::gemm_detail {

constexpr Size kRowsAtOnce = 4;            // dot products side by side: sums that need not wait for each other
constexpr Size kRowGrain = 65536;          // elements of the matrix per task
template <class T> constexpr Size kStripe = 4 * kLanes<T>; // columns that are summed in registers
constexpr Size kRowResults = 1024;         // columns of one task, at most

template <class T> THINNET_INLINE T laneSum(Vec<T> x) {
  T sum = 0;
  for (Size lane = 0; lane < kLanes<T>; ++lane) sum += x[lane];
  return sum;
}

// out[r] = x · row r of a matrix whose rows are contiguous, r < kRowsAtOnce.
template <class T> void dots(const T* x, const T* const* row, Size k, T* out) {
  Vec<T> sum[kRowsAtOnce][2] = {};
  Size p = 0;
  for (; p + 2 * kLanes<T> <= k; p += 2 * kLanes<T>) {
    const Vec<T> low = load(x + p), high = load(x + p + kLanes<T>);
    THINNET_UNROLL for (Size r = 0; r < kRowsAtOnce; ++r) {
      sum[r][0] = fma(low, load(row[r] + p), sum[r][0]);
      sum[r][1] = fma(high, load(row[r] + p + kLanes<T>), sum[r][1]);
    }
  }
  for (; p < k; p += kLanes<T>) {
    const Size count = minOf(kLanes<T>, k - p);
    const Vec<T> part = loadFirst(x + p, count);
    for (Size r = 0; r < kRowsAtOnce; ++r) sum[r][0] = fma(part, loadFirst(row[r] + p, count), sum[r][0]);
  }
  for (Size r = 0; r < kRowsAtOnce; ++r) out[r] = laneSum<T>(sum[r][0] + sum[r][1]);
}

// out[j] = sum over p of x[p] * matrix[p * step + j], j < count.
template <class T> void combine(const T* x, const T* matrix, Size step, Size k, Size count, T* out) {
  Size j = 0;
  for (; j + kStripe<T> <= count; j += kStripe<T>) {
    Vec<T> sum[4] = {};
    for (Size p = 0; p < k; ++p) {
      const Vec<T> factor = splat(x[p]);
      THINNET_UNROLL for (Size v = 0; v < 4; ++v) sum[v] = fma(factor, load(matrix + p * step + j + v * kLanes<T>), sum[v]);
    }
    for (Size v = 0; v < 4; ++v) store(out + j + v * kLanes<T>, sum[v]);
  }
  for (; j < count; j += kLanes<T>) {
    const Size lanes = minOf(kLanes<T>, count - j);
    Vec<T> sum{};
    for (Size p = 0; p < k; ++p) sum = fma(splat(x[p]), loadFirst(matrix + p * step + j, lanes), sum);
    storeFirst(out + j, sum, lanes);
  }
}

// True if `multiplyRow` does this product.
template <class T> bool isRow(Size m, Size k, const Operand<T>& b) {
  return m == 1 && (b.innerContiguous() || b.outerContiguous()) && k * static_cast<Size>(sizeof(T)) <= kScratchBytes && !b.innerList && !b.outerList;
}

template <class T, class Output> void multiplyRow(Size n, Size k, const Operand<T>& a, const Operand<T>& b, const Output& output) {
  const T* x = a.outer(0);
  if (!a.innerContiguous()) {
    T* packed = static_cast<T*>(sharedScratch());
    for (Size p = 0; p < k; ++p) packed[p] = x[a.inner(p)];
    x = packed;
  }
  const Size columns = minOf(kRowResults, maxOf(kStripe<T>, kRowGrain / maxOf(k, 1) / kStripe<T> * kStripe<T>));
  const auto task = [&](Size number, int) {
    alignas(64) T results[kRowResults];
    const Size begin = number * columns, count = minOf(columns, n - begin);
    if (b.innerContiguous()) {
      for (Size j = 0; j < count; j += kRowsAtOnce) {
        const T* row[kRowsAtOnce];
        for (Size r = 0; r < kRowsAtOnce; ++r) row[r] = b.outer(begin + minOf(j + r, count - 1));
        T sums[kRowsAtOnce];
        dots(x, row, k, sums);
        for (Size r = 0; r < minOf(kRowsAtOnce, count - j); ++r) results[j + r] = sums[r];
      }
    } else {
      combine(x, b.outer(begin), b.innerStride, k, count, results);
    }
    output.write(0, begin, count, results, true, true);
  };
  if (n * k <= 2 * kRowGrain) {
    for (Size number = 0; number < divUp(n, columns); ++number) task(number, 0);
  } else {
    parallel(divUp(n, columns), task);
  }
}

} // namespace thinnet::TARGET::gemm_detail
