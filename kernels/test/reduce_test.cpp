// Self-test of reductions and softmax: against double, by shape, and the same bits for any number of threads.
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
template <class T> bool same(T a, T b) { return a == b || (a != a && b != b); }

struct Shape {
  Size outer, len, inner;
};
const Shape kShapes[] = {{1, 1, 1}, {1, 5, 1}, {3, 7, 1}, {3, 10, 10}, {128, 10, 1}, {1, 128, 10}, {2, 65, 33}, {1, 130, 300}, {1, 1, 40}, {5, 3, 1},
                         {1, 100003, 1}, {1, 300000, 1}, {4, 70001, 1}, {1, 20011, 7}, {2, 5003, 19}, {1, 300, 1027}, {70000, 2, 1}, {0, 3, 1}, {2, 3, 0}, {1, 64, 16}, {1, 129, 128}};

// Runs the kernel at 1, 2 and 3 threads and hands on the result.
template <class Out, class Run, class Check> void atAllThreadCounts(const char* name, Size count, const Run& run, const Check& compare) {
  Guarded<Out> first(count);
  for (int threads = 1; threads <= 3; ++threads) {
    setThreadCount(threads);
    Guarded<Out> out(count);
    run(out.data);
    CHECK(out.intact(), "%s writes outside", name);
    if (threads == 1) {
      std::memcpy(first.data, out.data, static_cast<std::size_t>(count) * sizeof(Out));
      compare(out.data);
    }
    CHECK(sameBits(first.data, out.data, count), "%s: %d threads", name, threads);
  }
  setThreadCount(1);
}

template <class T> void numbers(T* x, Size n) {
  for (Size i = 0; i < n; ++i) x[i] = static_cast<T>(std::numeric_limits<T>::is_integer ? check::below(200) : check::uniform() + 0.1);
}

template <class T> void sums(const Shape& s) {
  Exact<T> x(s.outer * s.len * s.inner);
  numbers(x.data, x.count);
  atAllThreadCounts<T>("sum", s.outer * s.inner, [&](T* out) { kernels::sum(kCode<T>, out, x.data, s.outer, s.len, s.inner); }, [&](const T* out) {
    for (Size o = 0; o < s.outer; ++o) {
      for (Size i = 0; i < s.inner; ++i) {
        double wanted = 0, magnitude = 0;
        for (Size l = 0; l < s.len; ++l) {
          const double value = static_cast<double>(x[(o * s.len + l) * s.inner + i]);
          wanted += value;
          magnitude += std::fabs(value);
        }
        const double got = static_cast<double>(out[o * s.inner + i]);
        // At most 64 additions in a block, then one for each halving.
        const double bound = std::numeric_limits<T>::is_integer ? 0 : kEpsilon<T> * magnitude * 8;
        CHECK(std::fabs(got - wanted) <= bound, "sum [%td, %td, %td] = %.9g, wanted %.9g", s.outer, s.len, s.inner, got, wanted);
      }
    }
  });
}

template <class T> void products(const Shape& s) {
  Exact<T> x(s.outer * s.len * s.inner);
  for (Size i = 0; i < x.count; ++i) x[i] = static_cast<T>(std::numeric_limits<T>::is_integer ? 1 + 2 * check::below(5) : 1 + check::uniform() / static_cast<double>(s.len));
  atAllThreadCounts<T>("prod", s.outer * s.inner, [&](T* out) { kernels::prod(kCode<T>, out, x.data, s.outer, s.len, s.inner); }, [&](const T* out) {
    for (Size at = 0; at < s.outer * s.inner; ++at) {
      double wanted = 1;
      std::uint32_t whole = 1;
      for (Size l = 0; l < s.len; ++l) {
        const T value = x[(at / s.inner * s.len + l) * s.inner + at % s.inner];
        wanted *= static_cast<double>(value);
        whole *= static_cast<std::uint32_t>(value);
      }
      if (std::numeric_limits<T>::is_integer) CHECK(static_cast<std::uint32_t>(out[at]) == whole, "prod of integers");
      else CHECK(std::fabs(static_cast<double>(out[at]) - wanted) <= kEpsilon<T> * std::fabs(wanted) * static_cast<double>(s.len), "prod [%td, %td, %td] = %.9g, wanted %.9g", s.outer, s.len, s.inner, static_cast<double>(out[at]), wanted);
    }
  });
}

template <class T> void extremes(const Shape& s) {
  if (s.len == 0) return;
  Exact<T> x(s.outer * s.len * s.inner);
  numbers(x.data, x.count);
  for (Size i = 0; i < x.count; i += 3) x[i] = static_cast<T>(check::below(10)); // ties
  if (!std::numeric_limits<T>::is_integer && x.count > 20) {
    for (int i = 0; i < 3; ++i) x[check::below(x.count)] = static_cast<T>(NAN);
  }
  for (const bool most : {true, false}) {
    const auto kernel = most ? kernels::maxReduce : kernels::minReduce;
    std::vector<std::int32_t> indices(s.outer * s.inner);
    atAllThreadCounts<T>("extreme", s.outer * s.inner, [&](T* out) { kernel(kCode<T>, out, indices.data(), x.data, s.outer, s.len, s.inner); }, [&](const T* out) {
      Guarded<T> alone(s.outer * s.inner);
      kernel(kCode<T>, alone.data, nullptr, x.data, s.outer, s.len, s.inner);
      for (Size at = 0; at < s.outer * s.inner; ++at) {
        Size best = 0;
        const auto value = [&](Size l) { return x[(at / s.inner * s.len + l) * s.inner + at % s.inner]; };
        for (Size l = 1; l < s.len && value(best) == value(best); ++l) {
          if (value(l) != value(l) || (most ? value(l) > value(best) : value(l) < value(best))) best = l;
        }
        CHECK(same(out[at], value(best)) && same(alone[at], value(best)), "extreme [%td, %td, %td] = %g, wanted %g", s.outer, s.len, s.inner, static_cast<double>(out[at]), static_cast<double>(value(best)));
        CHECK(indices[at] == best, "index of extreme [%td, %td, %td] = %d, wanted %td", s.outer, s.len, s.inner, indices[at], best);
      }
    });
  }
}

template <class T> void cumsums(const Shape& s) {
  Exact<T> x(s.outer * s.len * s.inner);
  numbers(x.data, x.count);
  atAllThreadCounts<T>("cumsum", x.count, [&](T* out) { kernels::cumsum(kCode<T>, out, x.data, s.outer, s.len, s.inner); }, [&](const T* out) {
    for (Size o = 0; o < s.outer; ++o) {
      for (Size i = 0; i < s.inner; ++i) {
        double total = 0;
        for (Size l = 0; l < s.len; ++l) {
          const Size at = (o * s.len + l) * s.inner + i;
          total += static_cast<double>(x[at]);
          const T wanted = std::numeric_limits<T>::is_integer ? static_cast<T>(static_cast<std::int64_t>(total)) : static_cast<T>(total);
          CHECK(out[at] == wanted, "cumsum [%td, %td, %td] at %td", s.outer, s.len, s.inner, at);
        }
      }
    }
  });
  Exact<T> copy(x.count);
  std::memcpy(copy.data, x.data, static_cast<std::size_t>(x.count) * sizeof(T));
  std::vector<T> out(x.count);
  kernels::cumsum(kCode<T>, out.data(), x.data, s.outer, s.len, s.inner);
  kernels::cumsum(kCode<T>, copy.data, copy.data, s.outer, s.len, s.inner);
  CHECK(sameBits(out.data(), copy.data, x.count), "cumsum in place");
}

template <class T> void squares() {
  for (const Size n : {0, 1, 5, 64, 1031, 100003}) {
    Exact<T> x(n);
    numbers(x.data, n);
    atAllThreadCounts<double>("sumSquares", 1, [&](double* out) { kernels::sumSquares(kCode<T>, out, x.data, n); }, [&](const double* out) {
      double wanted = 0;
      for (Size i = 0; i < n; ++i) wanted += static_cast<double>(x[i]) * static_cast<double>(x[i]);
      CHECK(std::fabs(*out - wanted) <= 1e-12 * wanted, "sumSquares of %td = %.17g, wanted %.17g", n, *out, wanted);
    });
  }
}

template <class T> void softmaxes() {
  const T infinity = static_cast<T>(INFINITY);
  for (const Size cols : {1, 3, 10, 16, 17, 100, 1031}) {
    const Size rows = cols > 500 ? 70 : 9;
    Exact<T> x(rows * cols), g(rows * cols);
    for (Size i = 0; i < x.count; ++i) x[i] = static_cast<T>(check::uniform() * 10 + (i / cols == 3 ? 1000 : 0)), g[i] = static_cast<T>(check::uniform());
    for (Size c = 0; c < cols; ++c) x[cols + c] = -infinity; // row 1: nothing else
    x[2 * cols + check::below(cols)] = infinity;
    if (cols > 1) x[4 * cols] = -infinity;
    x[5 * cols + check::below(cols)] = static_cast<T>(NAN);
    std::vector<T> y(x.count), logY(x.count);
    const auto close = [&](const char* name, T got, double wanted, double scale) {
      CHECK((std::isnan(wanted) && std::isnan(got)) || static_cast<double>(got) == wanted || std::fabs(static_cast<double>(got) - wanted) <= (sizeof(T) == 4 ? 4 : 32) * kEpsilon<T> * scale, "%s, %td columns: %.9g, wanted %.9g", name, cols, static_cast<double>(got), wanted);
    };
    std::vector<double> most(rows, -INFINITY), sum(rows), sumG(rows), dot(rows);
    for (Size i = 0; i < x.count; ++i) {
      double& m = most[i / cols];
      m = std::isnan(x[i]) || std::isnan(m) ? NAN : std::max(m, static_cast<double>(x[i]));
    }
    for (Size i = 0; i < x.count; ++i) sum[i / cols] += std::exp(static_cast<double>(x[i]) - most[i / cols]), sumG[i / cols] += static_cast<double>(g[i]);
    atAllThreadCounts<T>("softmax", x.count, [&](T* out) { kernels::softmax(kCode<T>, out, x.data, rows, cols); }, [&](const T* out) {
      for (Size i = 0; i < x.count; ++i) {
        const Size r = i / cols;
        const double below = static_cast<double>(x[i]) - most[r], wanted = std::exp(below) / sum[r];
        close("softmax", out[i], wanted, std::max(wanted, 1e-30) * (1 + std::fabs(below) / 4)); // which is rounded
        y[i] = out[i];
        dot[r] += static_cast<double>(g[i]) * static_cast<double>(y[i]);
      }
    });
    atAllThreadCounts<T>("logSoftmax", x.count, [&](T* out) { kernels::logSoftmax(kCode<T>, out, x.data, rows, cols); }, [&](const T* out) {
      for (Size i = 0; i < x.count; ++i) close("logSoftmax", logY[i] = out[i], static_cast<double>(x[i]) - most[i / cols] - std::log(sum[i / cols]), 30);
    });
    atAllThreadCounts<T>("logSumExp", rows, [&](T* out) { kernels::logSumExp(kCode<T>, out, x.data, rows, cols); }, [&](const T* out) {
      for (Size r = 0; r < rows; ++r) close("logSumExp", out[r], std::isinf(most[r]) ? most[r] : most[r] + std::log(sum[r]), 1000);
    });
    atAllThreadCounts<T>("softmaxBackward", x.count, [&](T* out) { kernels::softmaxBackward(kCode<T>, out, g.data, y.data(), rows, cols); }, [&](const T* out) {
      for (Size i = 0; i < x.count; ++i) close("softmaxBackward", out[i], static_cast<double>(y[i]) * (static_cast<double>(g[i]) - dot[i / cols]), 1);
    });
    atAllThreadCounts<T>("logSoftmaxBackward", x.count, [&](T* out) { kernels::logSoftmaxBackward(kCode<T>, out, g.data, logY.data(), rows, cols); }, [&](const T* out) {
      for (Size i = 0; i < x.count; ++i) close("logSoftmaxBackward", out[i], static_cast<double>(g[i]) - std::exp(static_cast<double>(logY[i])) * sumG[i / cols], 10);
    });
    kernels::softmax(kCode<T>, x.data, x.data, rows, cols);
    CHECK(sameBits(x.data, y.data(), x.count), "softmax in place");
  }
}

void all() {
  for (const Shape& shape : kShapes) {
    sums<float>(shape);
    sums<double>(shape);
    sums<std::int32_t>(shape);
    products<float>(shape);
    products<double>(shape);
    products<std::int32_t>(shape);
    extremes<float>(shape);
    extremes<double>(shape);
    extremes<std::int32_t>(shape);
    extremes<std::uint8_t>(shape);
    cumsums<float>(shape);
    cumsums<std::int32_t>(shape);
  }
  squares<float>();
  squares<double>();
  softmaxes<float>();
  softmaxes<double>();
}

const check::Test test("reduce", all);

} // namespace
