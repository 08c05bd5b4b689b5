// Self-test of optimizer steps and losses: PyTorch's order of rounded operations, one element at a time.
#include "check.hpp"

#include <cmath>
#include <limits>

namespace {

using namespace thinnet;
using check::Exact;
using check::Guarded;
using check::kCode;
using check::sameBits;

template <class T> constexpr double kEpsilon = static_cast<double>(std::numeric_limits<T>::epsilon());

template <class T> void numbers(T* x, Size n, double scale = 1) {
  for (Size i = 0; i < n; ++i) x[i] = static_cast<T>(check::uniform() * scale * (i % 7 == 0 ? 1e-6 : 1));
}
// The C library's, exactly rounded.
float fma(float a, float b, float c) { return std::fmaf(a, b, c); }
double fma(double a, double b, double c) { return std::fma(a, b, c); }

struct Sgd {
  double lr, weightDecay, momentum, dampening;
  bool nesterov, maximize;
};

template <class T> void sgd(const Sgd& s) {
  for (const Size n : {0, 1, 3, 8, 17, 1031, 70001}) {
    Exact<T> p(n), g(n);
    numbers(p.data, n);
    std::vector<T> wanted(p.data, p.data + n), wantedBuffer(n);
    Guarded<T> start(n), buffer(n);
    std::memcpy(start.data, p.data, static_cast<std::size_t>(n) * sizeof(T));
    for (int step = 0; step < 3; ++step) {
      numbers(g.data, n);
      setThreadCount(1 + step);
      kernels::sgdStep(kCode<T>, start.data, g.data, s.momentum != 0 ? buffer.data : nullptr, n, s.lr, s.weightDecay, s.momentum, s.dampening, s.nesterov, step == 0, s.maximize);
      setThreadCount(1);
      for (Size i = 0; i < n; ++i) {
        T d = s.maximize ? -g[i] : g[i];
        if (s.weightDecay != 0) d = fma(wanted[i], static_cast<T>(s.weightDecay), d);
        if (s.momentum != 0) {
          T& b = wantedBuffer[i];
          b = step == 0 ? d : fma(d, static_cast<T>(1 - s.dampening), b * static_cast<T>(s.momentum));
          d = s.nesterov ? fma(b, static_cast<T>(s.momentum), d) : b;
        }
        wanted[i] = fma(d, static_cast<T>(-s.lr), wanted[i]);
      }
      CHECK(start.intact() && buffer.intact(), "sgdStep writes outside");
      CHECK(sameBits(start.data, wanted.data(), n), "sgdStep: parameters, n = %td, step %d", n, step);
      CHECK(s.momentum == 0 || sameBits(buffer.data, wantedBuffer.data(), n), "sgdStep: momentum, n = %td, step %d", n, step);
    }
  }
}

// Where one rounding and two differ, and special values: p + g * -lr in one operation, whatever the processor has.
void oneRounding() {
  constexpr Size n = 16;
  const auto draw = [] { return static_cast<float>(std::ldexp(check::uniform(), static_cast<int>(check::below(64)) - 32)); };
  for (int round = 0; round < 20000; ++round) {
    const float x = draw();
    float y[n], z[n], p[n];
    for (Size i = 0; i < n; ++i) {
      y[i] = draw();
      // A sum next to the middle of two floats, where a second rounding goes wrong.
      z[i] = i % 2 ? draw() : std::nextafter(static_cast<float>(-2 * double(x) * y[i]), draw());
      if (i % 4 == 2) z[i] = static_cast<float>(-double(x) * y[i]);
    }
    if (round == 0) z[0] = INFINITY;
    std::memcpy(p, z, sizeof(p));
    kernels::sgdStep(kFloat32, p, y, nullptr, n, -x, 0, 0, 0, false, true, false);
    for (Size i = 0; i < n; ++i) CHECK(p[i] == std::fma(x, y[i], z[i]), "%.9g * %.9g + %.9g = %.9g", static_cast<double>(x), static_cast<double>(y[i]), static_cast<double>(z[i]), static_cast<double>(p[i]));
  }
}

struct Adam {
  double lr, beta1, beta2, weightDecay;
  bool decoupled, amsgrad, maximize;
};

template <class T> void adam(const Adam& s) {
  const T eps = static_cast<T>(1e-8);
  for (const Size n : {0, 1, 3, 8, 17, 1031, 70001}) {
    Exact<T> g(n);
    Guarded<T> p(n), m(n), v(n), most(n);
    numbers(p.data, n);
    for (Size i = 0; i < n; ++i) m[i] = v[i] = most[i] = T(0);
    std::vector<T> P(p.data, p.data + n), M(n), V(n), Most(n);
    for (int step = 1; step <= 3; ++step) {
      numbers(g.data, n, step == 3 ? 1e-3 : 1);
      setThreadCount(step);
      kernels::adamStep(kCode<T>, p.data, g.data, m.data, v.data, s.amsgrad ? most.data : nullptr, n, s.lr, s.beta1, s.beta2, 1e-8, s.weightDecay, s.decoupled, step, s.maximize);
      setThreadCount(1);
      const T correction = static_cast<T>(std::sqrt(1 - std::pow(s.beta2, step))), size = static_cast<T>(-(s.lr / (1 - std::pow(s.beta1, step))));
      const T w = static_cast<T>(1 - s.beta1);
      for (Size i = 0; i < n; ++i) {
        T d = s.maximize ? -g[i] : g[i];
        if (s.decoupled) P[i] *= static_cast<T>(1 - s.lr * s.weightDecay);
        else if (s.weightDecay != 0) d = fma(P[i], static_cast<T>(s.weightDecay), d);
        M[i] = 1 - s.beta1 < 0.5 ? fma(w, d - M[i], M[i]) : fma(-(d - M[i]), 1 - w, d);
        const T part = static_cast<T>(1 - s.beta2) * d, rest = V[i] * static_cast<T>(s.beta2);
        V[i] = fma(part, d, rest);
        if (V[i] > Most[i]) Most[i] = V[i];
        const T root = std::sqrt(s.amsgrad ? Most[i] : V[i]), scaled = root / correction, denominator = scaled + eps;
        const T numerator = M[i] * size, change = numerator / denominator;
        P[i] += change;
      }
      CHECK(p.intact() && m.intact() && v.intact() && most.intact(), "adamStep writes outside");
      CHECK(sameBits(m.data, M.data(), n) && sameBits(v.data, V.data(), n), "adamStep: averages, n = %td, step %d", n, step);
      CHECK(!s.amsgrad || sameBits(most.data, Most.data(), n), "adamStep: largest averages");
      for (Size i = 0; i < n; ++i) {
        CHECK(std::fabs(static_cast<double>(p[i] - P[i])) <= 2 * kEpsilon<T> * (std::fabs(static_cast<double>(P[i])) + s.lr), "adamStep: parameters, n = %td, step %d: %.9g, wanted %.9g", n, step, static_cast<double>(p[i]), static_cast<double>(P[i]));
      }
      P.assign(p.data, p.data + n);
    }
  }
}

template <class T> void norms() {
  for (const Size cols : {1, 5, 64, 1031}) {
    const Size rows = 70;
    Guarded<T> weights(rows * cols);
    numbers(weights.data, weights.count, 2);
    const std::vector<T> before(weights.data, weights.data + weights.count);
    setThreadCount(2);
    kernels::maxNorm(kCode<T>, weights.data, rows, cols, 1.5);
    setThreadCount(1);
    CHECK(weights.intact(), "maxNorm writes outside");
    for (Size r = 0; r < rows; ++r) {
      double norm = 0;
      for (Size c = 0; c < cols; ++c) norm += static_cast<double>(before[r * cols + c]) * static_cast<double>(before[r * cols + c]);
      norm = std::sqrt(norm);
      for (Size c = 0; c < cols; ++c) {
        const double old = static_cast<double>(before[r * cols + c]), wanted = norm > 1.5 ? old * (1.5 / norm) : old;
        CHECK(std::fabs(static_cast<double>(weights[r * cols + c]) - wanted) <= (norm > 1.5 ? (sizeof(T) == 4 ? 2 : 16) * kEpsilon<T> * std::fabs(wanted) : 0), "maxNorm of %td columns", cols);
      }
    }
  }
}

template <class T> void classes() {
  const Size ignore = -100;
  for (const Size cols : {1, 2, 10, 16, 33, 1000}) {
    const Size rows = cols > 100 ? 90 : 17;
    Exact<T> x(rows * cols), g(rows), weight(cols);
    numbers(x.data, x.count, 8);
    numbers(g.data, rows);
    for (Size c = 0; c < cols; ++c) weight[c] = static_cast<T>(1 + 0.5 * check::uniform());
    std::vector<std::int32_t> target(rows);
    for (auto& t : target) t = static_cast<std::int32_t>(check::below(cols));
    target[3] = ignore;
    for (Size c = 0; c < cols; ++c) x[3 * cols + c] = static_cast<T>(NAN); // an ignored row
    std::vector<T> firstLoss, firstGradient;
    for (int threads = 1; threads <= 3; ++threads) {
      setThreadCount(threads);
      Guarded<T> loss(rows), p(rows * cols), gradient(rows * cols);
      kernels::crossEntropy(kCode<T>, loss.data, p.data, x.data, target.data(), rows, cols, ignore);
      kernels::crossEntropyBackward(kCode<T>, gradient.data, g.data, 1, p.data, target.data(), rows, cols, ignore);
      CHECK(loss.intact() && p.intact() && gradient.intact(), "crossEntropy writes outside");
      if (threads == 1) firstLoss.assign(loss.data, loss.data + rows), firstGradient.assign(gradient.data, gradient.data + rows * cols);
      CHECK(sameBits(loss.data, firstLoss.data(), rows) && sameBits(gradient.data, firstGradient.data(), rows * cols), "crossEntropy: %d threads", threads);
      for (Size r = 0; r < rows; ++r) {
        if (target[r] == ignore) {
          CHECK(loss[r] == 0, "crossEntropy of an ignored row");
          for (Size c = 0; c < cols; ++c) CHECK(gradient[r * cols + c] == 0, "gradient of an ignored row");
          continue;
        }
        double sum = 0;
        for (Size c = 0; c < cols; ++c) sum += std::exp(static_cast<double>(x[r * cols + c]));
        const double wanted = std::log(sum) - static_cast<double>(x[r * cols + target[r]]);
        CHECK(std::fabs(static_cast<double>(loss[r]) - wanted) <= (sizeof(T) == 4 ? 20 : 100) * kEpsilon<T>, "crossEntropy = %.9g, wanted %.9g", static_cast<double>(loss[r]), wanted);
        for (Size c = 0; c < cols; ++c) {
          const double probability = std::exp(static_cast<double>(x[r * cols + c])) / sum;
          const double wantedGradient = static_cast<double>(g[r]) * (probability - (c == target[r] ? 1 : 0));
          CHECK(std::fabs(static_cast<double>(p[r * cols + c]) - probability) <= (sizeof(T) == 4 ? 8 : 32) * kEpsilon<T> * probability, "probability");
          CHECK(std::fabs(static_cast<double>(gradient[r * cols + c]) - wantedGradient) <= (sizeof(T) == 4 ? 8 : 32) * kEpsilon<T> * std::fabs(static_cast<double>(g[r])), "gradient");
        }
      }
      kernels::crossEntropyBackward(kCode<T>, p.data, g.data, 1, p.data, target.data(), rows, cols, ignore);
      CHECK(sameBits(p.data, gradient.data, p.count), "crossEntropyBackward in place");
      Exact<T> one(1), same(rows), ofSame(rows * cols), ofOne(rows * cols);
      one[0] = g[0];
      for (Size r = 0; r < rows; ++r) same[r] = g[0];
      kernels::crossEntropyBackward(kCode<T>, ofSame.data, same.data, 1, p.data, target.data(), rows, cols, ignore);
      kernels::crossEntropyBackward(kCode<T>, ofOne.data, one.data, 0, p.data, target.data(), rows, cols, ignore);
      CHECK(sameBits(ofOne.data, ofSame.data, ofOne.count), "crossEntropyBackward of one gradient for all rows");
    }
    setThreadCount(1);
    std::int32_t found[2];
    kernels::checkClasses(target.data(), rows, cols, ignore, found);
    CHECK(found[0] == rows - 1 && found[1] == -1, "checkClasses: %d count, %d is bad", found[0], found[1]);
    for (const auto bad : {static_cast<std::int32_t>(cols), std::int32_t(-1)}) {
      std::vector<std::int32_t> wrong(target);
      wrong[4] = bad;
      kernels::checkClasses(wrong.data(), rows, cols, ignore, found);
      CHECK(found[1] == 4, "checkClasses finds %d, not %d", found[1], bad);
    }
    for (const bool weighted : {false, true}) {
      Guarded<T> loss(rows), gradient(rows * cols);
      T* const w = weighted ? weight.data : nullptr;
      kernels::nll(kCode<T>, loss.data, x.data, target.data(), w, rows, cols, ignore);
      kernels::nllBackward(kCode<T>, gradient.data, g.data, target.data(), w, rows, cols, ignore);
      CHECK(loss.intact() && gradient.intact(), "nll writes outside");
      for (Size r = 0; r < rows; ++r) {
        const std::int32_t t = target[r];
        const T factor = t == ignore ? T(0) : weighted ? weight[t] : T(1);
        CHECK(loss[r] == (t == ignore ? T(0) : -factor * x[r * cols + t]), "nll");
        for (Size c = 0; c < cols; ++c) CHECK(gradient[r * cols + c] == (c == t ? -factor * g[r] : T(0)), "nllBackward");
      }
    }
  }
}

template <class T> void binary() {
  for (const Size n : {0, 1, 7, 1031, 70001}) {
    Exact<T> x(n), t(n);
    numbers(x.data, n, 30);
    for (Size i = 0; i < n; ++i) t[i] = static_cast<T>(i % 3 ? std::fabs(check::uniform()) : static_cast<double>(i % 2));
    Guarded<T> out(n);
    kernels::bceWithLogits(kCode<T>, out.data, x.data, t.data, n);
    CHECK(out.intact(), "bceWithLogits writes outside");
    for (Size i = 0; i < n; ++i) {
      const double a = static_cast<double>(x[i]), b = static_cast<double>(t[i]);
      const double wanted = std::max(a, 0.0) - a * b + std::log1p(std::exp(-std::fabs(a)));
      CHECK(std::fabs(static_cast<double>(out[i]) - wanted) <= 4 * kEpsilon<T> * (1 + std::fabs(a)), "bceWithLogits(%g, %g) = %.9g, wanted %.9g", a, b, static_cast<double>(out[i]), wanted);
    }
    kernels::bceWithLogits(kCode<T>, x.data, x.data, t.data, n);
    CHECK(sameBits(x.data, out.data, n), "bceWithLogits in place");
  }
}

template <class T> void all() {
  for (const Sgd& s : {Sgd{0.1, 0, 0, 0, false, false}, Sgd{0.01, 0, 0.9, 0, false, false}, Sgd{0.01, 1e-4, 0.9, 0, false, false}, Sgd{0.01, 0.1, 0.9, 0.3, false, true}, Sgd{0.05, 5e-4, 0.95, 0, true, false}}) sgd<T>(s);
  for (const Adam& s : {Adam{1e-3, 0.9, 0.999, 0, false, false, false}, Adam{1e-2, 0.9, 0.99, 0.1, false, true, false}, Adam{1e-3, 0.9, 0.999, 0.01, true, false, true}, Adam{1e-3, 0.3, 0.9, 0, false, false, false}}) adam<T>(s);
  norms<T>();
  classes<T>();
  binary<T>();
}

void allTypes() {
  oneRounding();
  all<float>();
  all<double>();
}

const check::Test test("training", allTypes);

} // namespace
