// Losses of rows of classes. logits, probabilities and logProbabilities are [rows, classes] and contiguous; target is int32
// [rows], each a class or ignoreIndex (checked by the caller).
#pragma once
#include "softmax.inl.hpp"

namespace thinnet::TARGET {

namespace loss_detail {

// body(row) for every row.
template <class Body> void eachRow(Size rows, Size columns, const Body& body) {
  loops::inTasks(rows, columns, [&](Size begin, Size end) {
    for (Size r = begin; r < end; ++r) body(r);
  });
}

template <class T>
void crossEntropy(T* out, T* probabilities, const T* logits, const std::int32_t* target, Size rows, Size classes, Size ignoreIndex) {
  eachRow(rows, classes, [&](Size r) {
    const T* x = logits + r * classes;
    const T most = rowwise::largest(x, classes);
    const double sum = rowwise::softmax(probabilities + r * classes, x, classes, most);
    // log Σ e^x - x_t, with the largest taken out of both.
    out[r] = target[r] == ignoreIndex ? T(0) : rowwise::logOf<T>(sum) - (x[target[r]] - most);
  });
}

template <class T>
void crossEntropyBackward(T* out, const T* g, Size gStep, const T* probabilities, const std::int32_t* target, Size rows, Size classes, Size ignoreIndex) {
  eachRow(rows, classes, [&](Size r) {
    T* to = out + r * classes;
    const T* p = probabilities + r * classes;
    const std::int32_t t = target[r];
    if (t == ignoreIndex) { // also where a probability is NaN
      for (Size i = 0; i < classes; ++i) to[i] = T(0);
      return;
    }
    const T ofRow = g[r * gStep];
    const T ofTarget = (p[t] - T(1)) * ofRow;
    loops::map(to, classes, [factor = splat(ofRow)](Vec<T> v) { return v * factor; }, p);
    to[t] = ofTarget;
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
  const auto loss = [](Vec<T> v, Vec<T> t) {
    const Vec<T> positive = v < Vec<T>{} ? Vec<T>{} : v; // NaN stays
    return positive - v * t + math::log1p(math::exp(-math::abs(v)));
  };
  parallelRange(n, [&](Size begin, Size end) { loops::map(out + begin, end - begin, loss, x + begin, target + begin); });
}

} // namespace loss_detail

#define THINNET_BY_TYPE(call)      \
  const auto run = [&](auto zero) { \
    using T = decltype(zero);       \
    call;                           \
  };                                \
  dtype == kFloat64 ? run(0.0) : run(0.0f)

// Of n targets (int32): writes to `result` (int32) how many are not ignoreIndex, and the position of the first other one that
// is no class, or -1.
void checkClasses(Ptr target, Size n, Size classes, Size ignoreIndex, Ptr result) {
  const auto* t = static_cast<const std::int32_t*>(target);
  Size counted = 0;
  Size bad = -1;
  for (Size i = 0; i < n && bad < 0; ++i) {
    if (t[i] == ignoreIndex) continue;
    ++counted;
    if (t[i] < 0 || t[i] >= classes) bad = i;
  }
  static_cast<std::int32_t*>(result)[0] = static_cast<std::int32_t>(counted);
  static_cast<std::int32_t*>(result)[1] = static_cast<std::int32_t>(bad);
}

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

// out = g[r·gStep]·(probabilities - onehot(t)); a row of zeros where t is ignoreIndex. out may be probabilities.
void crossEntropyBackward(Size dtype, Ptr out, Ptr g, Size gStep, Ptr probabilities, Ptr target, Size rows, Size classes, Size ignoreIndex) {
  THINNET_BY_TYPE(loss_detail::crossEntropyBackward(static_cast<T*>(out), static_cast<const T*>(g), gStep, static_cast<const T*>(probabilities), static_cast<const std::int32_t*>(target), rows, classes, ignoreIndex));
}

// out = max(x, 0) - x·target + log(1 + e^-|x|) for n elements; out may be x.
void bceWithLogits(Size dtype, Ptr out, Ptr x, Ptr target, Size n) {
  THINNET_BY_TYPE(loss_detail::bceWithLogits(static_cast<T*>(out), static_cast<const T*>(x), static_cast<const T*>(target), n));
}

#undef THINNET_BY_TYPE

} // namespace thinnet::TARGET
