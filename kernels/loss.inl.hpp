// Losses of rows of classes. logits, probabilities and logProbabilities are [rows, classes] and contiguous; target is int32
// [rows], each a class or ignoreIndex (checked by the caller).
#pragma once
#include "math.inl.hpp"

namespace thinnet::TARGET {

namespace loss_detail {

// body(row) for every row, in tasks of about kGrain elements.
template <class Body> void eachRow(Size rows, Size columns, const Body& body) {
  const Size rowsPerTask = maxOf(1, kGrain / maxOf(columns, 1));
  parallel(divUp(rows, rowsPerTask), [&](Size task, int) {
    for (Size r = task * rowsPerTask; r < minOf(rows, (task + 1) * rowsPerTask); ++r) body(r);
  });
}

// e^(x - largest) of a row; returns the sum.
template <class T> T exponentials(T* out, const T* x, Size n, T largest) {
  for (Size i = 0; i < n; i += kLanes<T>) {
    const Size count = minOf(kLanes<T>, n - i);
    if (count == kLanes<T>) store(out + i, math::exp(load(x + i) - largest));
    else storeFirst(out + i, math::exp(loadFirst(x + i, count) - largest), count);
  }
  T sum = 0;
  for (Size i = 0; i < n; ++i) sum += out[i];
  return sum;
}

template <class T>
void crossEntropy(T* out, T* probabilities, const T* logits, const std::int32_t* target, Size rows, Size classes, Size ignoreIndex) {
  eachRow(rows, classes, [&](Size r) {
    const T* x = logits + r * classes;
    T* p = probabilities + r * classes;
    T largest = x[0];
    for (Size i = 1; i < classes; ++i) largest = x[i] > largest ? x[i] : largest;
    const T sum = exponentials(p, x, classes, largest);
    for (Size i = 0; i < classes; ++i) p[i] /= sum;
    // log Σ e^x - x_t, with the largest taken out of both.
    out[r] = target[r] == ignoreIndex ? T(0) : static_cast<T>(__builtin_log(static_cast<double>(sum))) - (x[target[r]] - largest);
  });
}

template <class T>
void crossEntropyBackward(T* out, const T* g, const T* probabilities, const std::int32_t* target, Size rows, Size classes, Size ignoreIndex) {
  eachRow(rows, classes, [&](Size r) {
    T* to = out + r * classes;
    const T* p = probabilities + r * classes;
    const T factor = target[r] == ignoreIndex ? T(0) : g[r];
    for (Size i = 0; i < classes; ++i) to[i] = p[i] * factor;
    if (target[r] != ignoreIndex) to[target[r]] = (p[target[r]] - T(1)) * factor;
    else for (Size i = 0; i < classes; ++i) to[i] = T(0); // also where a probability is NaN
  });
}

template <class T>
void nll(T* out, const T* logp, const std::int32_t* target, const T* weight, Size rows, Size classes, Size ignoreIndex) {
  eachRow(rows, 1, [&](Size r) {
    const std::int32_t t = target[r];
    out[r] = t == ignoreIndex ? T(0) : -(weight ? weight[t] : T(1)) * logp[r * classes + t];
  });
}

template <class T>
void nllBackward(T* out, const T* g, const std::int32_t* target, const T* weight, Size rows, Size classes, Size ignoreIndex) {
  eachRow(rows, classes, [&](Size r) {
    T* to = out + r * classes;
    for (Size i = 0; i < classes; ++i) to[i] = T(0);
    const std::int32_t t = target[r];
    if (t != ignoreIndex) to[t] = -(weight ? weight[t] : T(1)) * g[r];
  });
}

template <class T> void bceWithLogits(T* out, const T* x, const T* target, Size n) {
  parallelRange(n, [&](Size begin, Size end) {
    const auto loss = [](Vec<T> v, Vec<T> t) {
      const Vec<T> positive = v > Vec<T>{} ? v : Vec<T>{};
      return positive - v * t + math::log1p(math::exp(-math::abs(v)));
    };
    Size i = begin;
    for (; i + kLanes<T> <= end; i += kLanes<T>) store(out + i, loss(load(x + i), load(target + i)));
    if (i < end) storeFirst(out + i, loss(loadFirst(x + i, end - i), loadFirst(target + i, end - i)), end - i);
  });
}

} // namespace loss_detail

#define THINNET_BY_TYPE(call)      \
  const auto run = [&](auto zero) { \
    using T = decltype(zero);       \
    call;                           \
  };                                \
  dtype == kFloat64 ? run(0.0) : run(0.0f)

// out[r] = -w[t]·logProbabilities[r, t] with t = target[r]; 0 where t is ignoreIndex. weight may be 0: all ones.
void nll(Size dtype, Ptr out, Ptr logProbabilities, Ptr target, Ptr weight, Size rows, Size classes, Size ignoreIndex) {
  THINNET_BY_TYPE(loss_detail::nll(static_cast<T*>(out), static_cast<const T*>(logProbabilities), static_cast<const std::int32_t*>(target), static_cast<const T*>(weight), rows, classes, ignoreIndex));
}

// out [rows, classes], written whole: -w[t]·g[r] at the target, 0 elsewhere.
void nllBackward(Size dtype, Ptr out, Ptr g, Ptr target, Ptr weight, Size rows, Size classes, Size ignoreIndex) {
  THINNET_BY_TYPE(loss_detail::nllBackward(static_cast<T*>(out), static_cast<const T*>(g), static_cast<const std::int32_t*>(target), static_cast<const T*>(weight), rows, classes, ignoreIndex));
}

// out[r] = log Σ e^logits[r] - logits[r, t], 0 where t is ignoreIndex; probabilities get the softmax of each row, for the
// gradient. out does not overlap the others.
void crossEntropy(Size dtype, Ptr out, Ptr probabilities, Ptr logits, Ptr target, Size rows, Size classes, Size ignoreIndex) {
  THINNET_BY_TYPE(loss_detail::crossEntropy(static_cast<T*>(out), static_cast<T*>(probabilities), static_cast<const T*>(logits), static_cast<const std::int32_t*>(target), rows, classes, ignoreIndex));
}

// out = g[r]·(probabilities - onehot(t)); a row of zeros where t is ignoreIndex. out may be probabilities.
void crossEntropyBackward(Size dtype, Ptr out, Ptr g, Ptr probabilities, Ptr target, Size rows, Size classes, Size ignoreIndex) {
  THINNET_BY_TYPE(loss_detail::crossEntropyBackward(static_cast<T*>(out), static_cast<const T*>(g), static_cast<const T*>(probabilities), static_cast<const std::int32_t*>(target), rows, classes, ignoreIndex));
}

// out = max(x, 0) - x·target + log(1 + e^-|x|) for n elements; out may be x.
void bceWithLogits(Size dtype, Ptr out, Ptr x, Ptr target, Size n) {
  THINNET_BY_TYPE(loss_detail::bceWithLogits(static_cast<T*>(out), static_cast<const T*>(x), static_cast<const T*>(target), n));
}

#undef THINNET_BY_TYPE

} // namespace thinnet::TARGET
