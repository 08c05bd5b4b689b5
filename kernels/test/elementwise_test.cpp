// Self-test of the element-wise kernels: accuracy against double, tails against bodies, in place, guards, thread counts.
#include "check.hpp"

#include <cmath>
#include <functional>
#include <limits>

namespace {

using namespace thinnet;
using check::Exact;
using check::Guarded;
using check::kCode;
using check::sameBits;

// |y - wanted| in units in the last place of T at `scale`; 0 if both are the same infinity or NaN.
template <class T> double unitsOff(T y, double wanted, double scale) {
  if (std::isnan(wanted) || std::isnan(y)) return std::isnan(wanted) && std::isnan(y) ? 0 : 1e9;
  if (static_cast<double>(static_cast<T>(wanted)) == static_cast<double>(y)) return 0;
  if (std::isinf(y) && std::fabs(wanted) >= static_cast<double>(std::numeric_limits<T>::max())) return 0;
  int exponent;
  std::frexp(scale, &exponent);
  const int least = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits;
  return std::fabs(static_cast<double>(y) - wanted) / std::ldexp(1.0, std::max(exponent - std::numeric_limits<T>::digits, least));
}

// Special values first, then numbers of all magnitudes (small ones only, where the function wants them).
template <class T> void samples(T* x, Size n) {
  const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 0.99999997, 1e-45, -1e-40, 1.17549435e-38, 3.4e38, -3.4e38,
                            88.72, 88.73, -87.4, -103.9, -104.1, 20, 20.0001, 0.693147, 8388607.5, 8388608.0, 16777217.0, 1e6, 3.14159274, 1e20, -0.625, 0.92773};
  const Size specials = sizeof(special) / sizeof(special[0]);
  for (Size i = 0; i < n; ++i) {
    const double magnitude = std::ldexp(1 + std::fabs(check::uniform()), static_cast<int>(check::below(i % 4 == 0 ? 200 : 12)) - (i % 4 == 0 ? 100 : 6));
    x[i] = static_cast<T>(i < specials && n > specials ? special[i] : check::uniform() < 0 ? -magnitude : magnitude);
  }
}

using Unary = void (*)(Size, Ptr, Ptr, Size);
using Reference = std::function<double(double)>;

template <class T> void checkLayouts(const char* name, const std::function<void(T* out, T* x, Size n)>& run) {
  const Size lanes = check::lanes<T>();
  for (Size n : {Size{0}, Size{1}, lanes - 1, lanes, lanes + 1, 2 * lanes, Size{37}, Size{1031}}) {
    Exact<T> x(n);
    samples(x.data, n);
    Guarded<T> out(n), alone(n);
    run(out.data, x.data, n);
    CHECK(out.intact(), "%s: writes outside, n = %td", name, n);
    for (Size i = 0; i < n; ++i) run(alone.data + i, x.data + i, 1);
    CHECK(sameBits(out.data, alone.data, n), "%s: tail and body differ, n = %td", name, n);
    run(x.data, x.data, n);
    CHECK(sameBits(out.data, x.data, n), "%s: in place, n = %td", name, n);
  }
  const Size n = 3 * kGrain + 41;
  std::vector<T> x(n), one(n), more(n);
  samples(x.data(), n);
  run(one.data(), x.data(), n);
  for (int threads : {2, 3}) {
    setThreadCount(threads);
    run(more.data(), x.data(), n);
    CHECK(sameBits(one.data(), more.data(), n), "%s: %d threads", name, threads);
  }
  setThreadCount(1);
}

// `reference` in double; at most `units` off, of the result or, if that is meant, of the operand where it is larger.
template <class T> void checkAccuracy(const char* name, Unary kernel, double units, bool ofOperand, const Reference& reference) {
  const Size n = 20000;
  std::vector<T> x(n), y(n);
  samples(x.data(), n);
  kernel(kCode<T>, y.data(), x.data(), n);
  for (Size i = 0; i < n; ++i) {
    const double operand = static_cast<double>(x[i]), wanted = reference(operand);
    const double off = unitsOff(y[i], wanted, ofOperand ? std::max(std::fabs(operand), std::fabs(wanted)) : wanted);
    CHECK(off <= units, "%s(%.9g) = %.9g, wanted %.9g, %.2f units off", name, operand, static_cast<double>(y[i]), wanted, off);
    CHECK(wanted != 0 || y[i] != 0 || std::signbit(wanted) == std::signbit(y[i]), "%s(%g): sign of zero", name, operand);
  }
  checkLayouts<T>(name, [&](T* out, T* in, Size count) { kernel(kCode<T>, out, in, count); });
}

void checkFloats(const char* name, Unary kernel, double units, bool ofOperand, const Reference& reference) {
  checkAccuracy<float>(name, kernel, units, ofOperand, reference);
  checkAccuracy<double>(name, kernel, 4, ofOperand, reference); // the C library, a few times over
}
template <class T> void checkIntegers(const char* name, Unary kernel, const std::function<std::int64_t(std::int64_t)>& reference) {
  const Size n = 300;
  std::vector<T> x(n), y(n);
  for (Size i = 0; i < n; ++i) x[i] = static_cast<T>(check::random());
  x[0] = std::numeric_limits<T>::min();
  x[1] = 0;
  kernel(kCode<T>, y.data(), x.data(), n);
  for (Size i = 0; i < n; ++i) CHECK(y[i] == static_cast<T>(reference(static_cast<std::int64_t>(x[i]))), "%s(%lld) = %lld", name, static_cast<long long>(x[i]), static_cast<long long>(y[i]));
}
void checkNumbers(const char* name, Unary kernel, const Reference& reference) {
  checkFloats(name, kernel, 0.5, false, reference);
  const auto whole = [&](std::int64_t x) { return static_cast<std::int64_t>(reference(static_cast<double>(x))); };
  checkIntegers<std::int32_t>(name, kernel, whole);
  checkIntegers<std::uint8_t>(name, kernel, whole);
}

double sigmoidOf(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }

void unaries() {
  checkNumbers("neg", kernels::neg, [](double x) { return -x; });
  checkNumbers("abs", kernels::abs, [](double x) { return std::fabs(x); });
  checkNumbers("sign", kernels::sign, [](double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; });
  checkNumbers("floor", kernels::floor, [](double x) { return std::floor(x); });
  checkNumbers("ceil", kernels::ceil, [](double x) { return std::ceil(x); });
  checkNumbers("round", kernels::round, [](double x) { return std::nearbyint(x); });
  checkNumbers("trunc", kernels::trunc, [](double x) { return std::trunc(x); });
  checkNumbers("relu", kernels::relu, [](double x) { return x < 0 ? 0.0 : x; });
  checkFloats("square", kernels::square, 0.5, false, [](double x) { return x * x; });
  checkIntegers<std::int32_t>("square", kernels::square, [](std::int64_t x) { return x * x; });
  checkFloats("exp", kernels::exp, 1, false, [](double x) { return std::exp(x); });
  checkFloats("expm1", kernels::expm1, 2, false, [](double x) { return std::expm1(x); });
  checkFloats("log", kernels::log, 1, false, [](double x) { return std::log(x); });
  checkFloats("log1p", kernels::log1p, 2, false, [](double x) { return std::log1p(x); });
  checkFloats("log2", kernels::log2, 2, false, [](double x) { return std::log2(x); });
  checkFloats("sqrt", kernels::sqrt, 0.5, false, [](double x) { return std::sqrt(x); });
  checkFloats("rsqrt", kernels::rsqrt, 2, false, [](double x) { return 1 / std::sqrt(x); });
  checkFloats("reciprocal", kernels::reciprocal, 0.5, false, [](double x) { return 1 / x; });
  checkFloats("sin", kernels::sin, 1, false, [](double x) { return std::sin(x); });
  checkFloats("cos", kernels::cos, 1, false, [](double x) { return std::cos(x); });
  checkFloats("tanh", kernels::tanh, 2, false, [](double x) { return std::tanh(x); });
  checkFloats("sigmoid", kernels::sigmoid, 2.1, false, sigmoidOf);
  checkFloats("erf", kernels::erf, 2, false, [](double x) { return std::erf(x); });
  checkFloats("softplus", kernels::softplus, 2, false, [](double x) { return x > 20 ? x : std::log1p(std::exp(x)); });
  checkFloats("silu", kernels::silu, 3, true, [](double x) { return x * sigmoidOf(x); });
  checkFloats("gelu", kernels::gelu, 3, true, [](double x) { return x * (0.5 * (1 + std::erf(x * std::sqrt(0.5)))); });
  checkFloats("geluTanh", kernels::geluTanh, 3, true, [](double x) { return x * sigmoidOf(2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)); });
}

template <class T> void tests() {
  const Size n = 1031;
  std::vector<T> x(n);
  samples(x.data(), n);
  Guarded<std::uint8_t> zero(n), nan(n), finite(n);
  kernels::logicalNot(kCode<T>, zero.data, x.data(), n);
  kernels::isNan(kCode<T>, nan.data, x.data(), n);
  kernels::isFinite(kCode<T>, finite.data, x.data(), n);
  for (Size i = 0; i < n; ++i) CHECK(zero[i] == (x[i] == 0) && nan[i] == std::isnan(x[i]) && finite[i] == std::isfinite(x[i]), "of %g", static_cast<double>(x[i]));
  CHECK(zero.intact() && nan.intact() && finite.intact(), "tests write outside");
}

template <class T> void backwards() {
  const Size n = 1031;
  std::vector<T> g(n), y(n), r(n), t(n), s(n);
  samples(g.data(), n);
  samples(y.data(), n);
  kernels::reluBackward(kCode<T>, r.data(), g.data(), y.data(), n);
  kernels::tanhBackward(kCode<T>, t.data(), g.data(), y.data(), n);
  kernels::sigmoidBackward(kCode<T>, s.data(), g.data(), y.data(), n);
  const auto same = [](T a, T b) { return a == b || (a != a && b != b); };
  for (Size i = 0; i < n; ++i) {
    CHECK(same(r[i], y[i] > 0 ? g[i] : T(0)), "reluBackward");
    CHECK(same(t[i], g[i] * (1 - y[i] * y[i])), "tanhBackward");
    CHECK(same(s[i], g[i] * y[i] * (1 - y[i])), "sigmoidBackward");
  }
  checkLayouts<T>("reluBackward", [&](T* out, T* in, Size count) { kernels::reluBackward(kCode<T>, out, in, in, count); });
}

template <class T> void parametric() {
  const Size n = 1031;
  std::vector<T> x(n), y(n);
  samples(x.data(), n);
  const auto same = [](T a, T b) { return a == b || (a != a && b != b); };
  kernels::leakyRelu(kCode<T>, y.data(), x.data(), n, 0.01);
  for (Size i = 0; i < n; ++i) CHECK(same(y[i], x[i] > 0 ? x[i] : x[i] * T(0.01)), "leakyRelu");
  kernels::elu(kCode<T>, y.data(), x.data(), n, 1.5);
  for (Size i = 0; i < n; ++i) CHECK(unitsOff(y[i], x[i] > 0 ? x[i] : 1.5 * std::expm1(static_cast<double>(x[i])), static_cast<double>(y[i])) <= 3, "elu(%g) = %g", static_cast<double>(x[i]), static_cast<double>(y[i]));
  for (const double low : {-HUGE_VAL, -0.5, 2.0}) {
    kernels::clamp(kCode<T>, y.data(), x.data(), n, low, 1);
    for (Size i = 0; i < n; ++i) CHECK(same(y[i], x[i] != x[i] ? x[i] : std::min(std::max(x[i], static_cast<T>(low)), T(1))), "clamp");
  }
  checkLayouts<T>("clamp", [&](T* out, T* in, Size count) { kernels::clamp(kCode<T>, out, in, count, -0.5, INFINITY); });
  checkLayouts<T>("elu", [&](T* out, T* in, Size count) { kernels::elu(kCode<T>, out, in, count, 1); });
}

void clampOfIntegers() {
  std::int32_t x[] = {INT32_MIN, -5, 0, 7, INT32_MAX};
  std::int32_t y[5];
  kernels::clamp(kInt32, y, x, 5, -INFINITY, 3);
  CHECK(y[0] == INT32_MIN && y[3] == 3 && y[4] == 3, "clamp int32");
  std::uint8_t bytes[] = {0, 100, 255};
  kernels::clamp(kUint8, bytes, bytes, 3, -10, 1000);
  CHECK(bytes[0] == 0 && bytes[1] == 100 && bytes[2] == 255, "clamp uint8");
}

void all() {
  unaries();
  tests<float>();
  tests<double>();
  backwards<float>();
  backwards<double>();
  parametric<float>();
  parametric<double>();
  clampOfIntegers();
}

const check::Test test("elementwise", all);

} // namespace
