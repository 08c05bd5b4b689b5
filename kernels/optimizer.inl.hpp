// Parameter updates, in PyTorch's order of rounded operations, so that the same gradients give the same bits
// (torch/optim/sgd.py, adam.py; scalars are computed in double and rounded to the type once).
#pragma once
#include "loops.inl.hpp"
#include "reduce.inl.hpp"

namespace thinnet::TARGET {

namespace optimizer_detail {

template <class T> struct SgdRule {
  T lr, weightDecay, momentum, undamped;
  bool nesterov, firstStep, maximize;

  // One vector of parameters; `buffer` is the momentum buffer's, absent without momentum.
  THINNET_INLINE Vec<T> update(Vec<T> parameter, Vec<T> gradient, Vec<T>* buffer) const {
    if (maximize) gradient = -gradient;
    if (weightDecay != 0) gradient = exact::fma(parameter, splat(weightDecay), gradient);
    if (buffer) {
      const Vec<T> kept = *buffer * momentum;
      *buffer = firstStep ? gradient : undamped == 1 ? gradient + kept : exact::fma(gradient, splat(undamped), kept);
      gradient = nesterov ? exact::fma(*buffer, splat(momentum), gradient) : *buffer;
    }
    return exact::fma(gradient, splat(-lr), parameter);
  }

  // True of {lr, 0, momentum, 1, false, false, false}.
  bool isMomentumAlone() const { return weightDecay == 0 && undamped == 1 && !nesterov && !firstStep && !maximize; }
};

template <class T> void sgd(T* parameter, const T* gradient, T* buffer, Size n, const SgdRule<T>& rule) {
  parallelRange(n, [&](Size begin, Size end) {
    const SgdRule<T> own = rule; // a copy, which no store through a vector may change
    for (Size i = begin; i < end; i += kLanes<T>) {
      const Size count = minOf(kLanes<T>, end - i);
      Vec<T> momentum = buffer ? loadFirst(buffer + i, count) : Vec<T>{};
      storeFirst(parameter + i, own.update(loadFirst(parameter + i, count), loadFirst(gradient + i, count), buffer ? &momentum : nullptr), count);
      if (buffer) storeFirst(buffer + i, momentum, count);
    }
  });
}

template <class T> struct AdamRule {
  T oneMinusBeta1, beta1, beta2, oneMinusBeta2, eps, weightDecay, decay, rootCorrection2, stepSize;
  bool lerpFromAverage, decoupled, maximize;

  AdamRule(Num lr, Num b1, Num b2, Num epsilon, Num wd, Size isDecoupled, Size step, Size isMaximize) {
    const Num power1 = __builtin_pow(b1, static_cast<Num>(step)), power2 = __builtin_pow(b2, static_cast<Num>(step));
    oneMinusBeta1 = static_cast<T>(1 - b1);
    beta1 = T(1) - oneMinusBeta1;
    beta2 = static_cast<T>(b2);
    oneMinusBeta2 = static_cast<T>(1 - b2);
    eps = static_cast<T>(epsilon);
    weightDecay = static_cast<T>(wd);
    decay = static_cast<T>(1 - lr * wd);
    rootCorrection2 = static_cast<T>(__builtin_sqrt(1 - power2));
    stepSize = static_cast<T>(-(lr / (1 - power1)));
    lerpFromAverage = 1 - b1 < 0.5;
    decoupled = isDecoupled != 0;
    maximize = isMaximize != 0;
  }

  THINNET_INLINE Vec<T> update(Vec<T> parameter, Vec<T> gradient, Vec<T>& average, Vec<T>& square, Vec<T>* largest) const {
    if (maximize) gradient = -gradient;
    if (decoupled) parameter = parameter * decay;
    else if (weightDecay != 0) gradient = exact::fma(parameter, splat(weightDecay), gradient);
    // lerp(average, gradient, 1 - beta1), from whichever end is nearer.
    const Vec<T> step = gradient - average;
    average = lerpFromAverage ? exact::fma(splat(oneMinusBeta1), step, average) : exact::fma(-step, splat(beta1), gradient);
    square = exact::fma(gradient * oneMinusBeta2, gradient, square * beta2);
    Vec<T> variance = square;
    if (largest) variance = *largest = reduction::Maximum::of(*largest, square);
    const Vec<T> denominator = math::sqrt(variance) / rootCorrection2 + eps;
    return parameter + average * stepSize / denominator;
  }
};

template <class T> void adam(T* parameter, const T* gradient, T* average, T* square, T* largest, Size n, const AdamRule<T>& rule) {
  parallelRange(n, [&](Size begin, Size end) {
    for (Size i = begin; i < end; i += kLanes<T>) {
      const Size count = minOf(kLanes<T>, end - i);
      Vec<T> m = loadFirst(average + i, count), v = loadFirst(square + i, count);
      Vec<T> most = largest ? loadFirst(largest + i, count) : Vec<T>{};
      const Vec<T> updated = rule.update(loadFirst(parameter + i, count), loadFirst(gradient + i, count), m, v, largest ? &most : nullptr);
      storeFirst(parameter + i, updated, count);
      storeFirst(average + i, m, count);
      storeFirst(square + i, v, count);
      if (largest) storeFirst(largest + i, most, count);
    }
  });
}

template <class T> void limitRow(T* row, Size columns, double limit) {
  const double norm = __builtin_sqrt(reduction::squares(row, columns));
  if (norm > limit) loops::map(row, columns, [factor = splat(static_cast<T>(limit / norm))](Vec<T> w) { return w * factor; }, row);
}

template <class T> void limitRows(T* weights, Size rows, Size columns, double limit) {
  loops::inTasks(rows, columns, [&](Size begin, Size end) {
    for (Size r = begin; r < end; ++r) limitRow(weights + r * columns, columns, limit);
  });
}

} // namespace optimizer_detail

// Stochastic gradient descent on n parameters, which are changed in place, as is the momentum buffer (0: no momentum).
// firstStep: the buffer holds nothing yet and becomes the gradient. Dampening and Nesterov momentum as in PyTorch.
void sgdStep(Size dtype, Ptr param, Ptr grad, Ptr buffer, Size n, Num lr, Num weightDecay, Num momentum, Num dampening, Size nesterov, Size firstStep, Size maximize) {
  const auto run = [&](auto zero) {
    using T = decltype(zero);
    const optimizer_detail::SgdRule<T> rule = {static_cast<T>(lr), static_cast<T>(weightDecay), static_cast<T>(momentum), static_cast<T>(1 - dampening), nesterov != 0, firstStep != 0, maximize != 0};
    optimizer_detail::sgd(static_cast<T*>(param), static_cast<const T*>(grad), static_cast<T*>(buffer), n, rule);
  };
  dtype == kFloat64 ? run(0.0) : run(0.0f);
}

// Adam, AdamW (decoupled) and AMSGrad (maxExpAvgSq, or 0) on n parameters; all states are changed in place. step counts
// from 1; both bias corrections come from it.
void adamStep(Size dtype, Ptr param, Ptr grad, Ptr expAvg, Ptr expAvgSq, Ptr maxExpAvgSq, Size n, Num lr, Num beta1, Num beta2, Num eps, Num weightDecay, Size decoupled, Size step, Size maximize) {
  const auto run = [&](auto zero) {
    using T = decltype(zero);
    const optimizer_detail::AdamRule<T> rule(lr, beta1, beta2, eps, weightDecay, decoupled, step, maximize);
    optimizer_detail::adam(static_cast<T*>(param), static_cast<const T*>(grad), static_cast<T*>(expAvg), static_cast<T*>(expAvgSq), static_cast<T*>(maxExpAvgSq), n, rule);
  };
  dtype == kFloat64 ? run(0.0) : run(0.0f);
}

// Scales each of the rows whose L2 norm exceeds the limit down to it (Srivastava et al. 2014, section 5.1).
void maxNorm(Size dtype, Ptr weights, Size rows, Size cols, Num limit) {
  if (dtype == kFloat64) optimizer_detail::limitRows(static_cast<double*>(weights), rows, cols, limit);
  else optimizer_detail::limitRows(static_cast<float*>(weights), rows, cols, limit);
}

} // namespace thinnet::TARGET
