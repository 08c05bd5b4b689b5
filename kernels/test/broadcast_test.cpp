// Self-test of broadcast arithmetic and of copies: every layout against plain loops over indices.
#include "check.hpp"

#include <cmath>
#include <functional>
#include <limits>

namespace {

using namespace thinnet;
using check::Guarded;
using check::kCode;

template <class T> bool same(T a, T b) { return a == b || (a != a && b != b); }

template <class T> void numbers(T* x, Size n) {
  for (Size i = 0; i < n; ++i) x[i] = static_cast<T>(std::numeric_limits<T>::is_integer ? check::below(256) - (sizeof(T) > 1 ? 128 : 0) : check::uniform() * 4);
  if (!std::numeric_limits<T>::is_integer && n > 5) x[check::below(n)] = static_cast<T>(NAN), x[check::below(n)] = static_cast<T>(-0.0);
}

// A shape and the strides of some operands, each a permuted, broadcast or sliced tensor; `reach` is what one spans.
struct Layout {
  std::vector<std::int32_t> desc;
  Size ndim, n = 1;
  std::vector<Size> reach;
  std::vector<std::vector<Size>> offsets; // of each operand, in the output's order

  Layout(std::vector<std::int32_t> shape, int operands, bool distinct = false) : desc(shape), ndim(static_cast<Size>(shape.size())) {
    for (auto size : shape) n *= size;
    for (int k = 0; k < operands; ++k) {
      std::vector<std::int32_t> order, strides(shape.size());
      for (std::int32_t d = 0; d < ndim; ++d) order.insert(order.begin() + (check::below(3) ? 0 : check::below(d + 1)), d);
      std::int32_t stride = check::below(4) ? 1 : 2;
      for (auto d : order) { // innermost first
        const bool broadcast = !distinct && check::below(3) == 0;
        strides[d] = broadcast ? 0 : stride;
        if (!broadcast) stride *= shape[d];
      }
      desc.insert(desc.end(), strides.begin(), strides.end());
      std::vector<Size> at;
      for (Size i = 0; i < n; ++i) {
        Size rest = i, offset = 0;
        for (Size d = ndim - 1; d >= 0; --d) {
          offset += rest % shape[d] * strides[d];
          rest /= shape[d];
        }
        at.push_back(offset);
      }
      Size most = 0;
      for (Size offset : at) most = std::max(most, offset + 1);
      reach.push_back(std::max<Size>(most, n == 0 ? 0 : 1));
      offsets.push_back(at);
    }
  }
};

const std::vector<std::vector<std::int32_t>> kShapes = {
    {}, {1}, {5}, {1031}, {0}, {3, 0}, {7, 10}, {3, 1031}, {130, 300}, {10, 33, 17}, {2, 3, 4, 5}, {5, 1, 128}, {40007}, {2, 300, 65},
};

using Binary = std::function<void(Size dtype, Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc)>;
using Scalar = std::function<void(Size dtype, Ptr out, Ptr x, Size n, Num b)>;
template <class T, class Out> using Reference = std::function<Out(T, T)>;

template <class T, class Out> void checkBinary(const char* name, const Binary& kernel, const Reference<T, Out>& reference) {
  for (const auto& shape : kShapes) {
    for (int repeat = 0; repeat < 2; ++repeat) {
      const Layout layout(shape, 2);
      check::Exact<T> a(layout.reach[0]), b(layout.reach[1]);
      numbers(a.data, a.count);
      numbers(b.data, b.count);
      for (int threads = 1; threads <= (layout.n > kGrain ? 3 : 1); ++threads) {
        setThreadCount(threads);
        Guarded<Out> out(layout.n);
        kernel(kCode<T>, out.data, a.data, b.data, layout.ndim, const_cast<std::int32_t*>(layout.desc.data()));
        CHECK(out.intact(), "%s writes outside", name);
        for (Size i = 0; i < layout.n; ++i) {
          const Out wanted = reference(a[layout.offsets[0][i]], b[layout.offsets[1][i]]);
          CHECK(same(out[i], wanted), "%s(%g, %g) = %g, wanted %g at %td of %td", name, static_cast<double>(a[layout.offsets[0][i]]), static_cast<double>(b[layout.offsets[1][i]]), static_cast<double>(out[i]), static_cast<double>(wanted), i, layout.n);
        }
      }
      setThreadCount(1);
    }
  }
}

// The form with a number, and in place.
template <class T, class Out> void checkScalar(const char* name, const Scalar& kernel, const Reference<T, Out>& reference) {
  for (const double b : {0.0, 1.0, 2.0, 3.0, 0.5, -1.0, 0.1, 5.0}) {
    if (std::numeric_limits<T>::is_integer && (b != std::floor(b) || b < 0)) continue;
    for (const Size n : {0, 1, 37, 1031}) {
      std::vector<T> x(n);
      numbers(x.data(), n);
      Guarded<Out> out(n);
      kernel(kCode<T>, out.data, x.data(), n, b);
      CHECK(out.intact(), "%s writes outside", name);
      for (Size i = 0; i < n; ++i) {
        const Out wanted = reference(x[i], static_cast<T>(b));
        CHECK(same(out[i], wanted), "%s(%g, %g) = %g, wanted %g", name, static_cast<double>(x[i]), b, static_cast<double>(out[i]), static_cast<double>(wanted));
      }
      if (sizeof(Out) != sizeof(T)) continue;
      kernel(kCode<T>, x.data(), x.data(), n, b);
      for (Size i = 0; i < n; ++i) CHECK(same(reinterpret_cast<Out*>(x.data())[i], out[i]), "%s in place", name);
    }
  }
}

template <class T> T wrap(std::int64_t x) { return static_cast<T>(x); }
template <class T> T powerOf(T a, T b) {
  if constexpr (std::numeric_limits<T>::is_integer) {
    if (b < 0) return a == 1 ? T(1) : a == T(-1) ? (b % 2 ? T(-1) : T(1)) : T(0);
    std::uint64_t y = 1;
    for (std::int64_t i = 0; i < b; ++i) y *= static_cast<std::uint64_t>(static_cast<std::int64_t>(a));
    return static_cast<T>(y);
  } else {
    if (b == T(2)) return a * a;
    if (b == T(3)) return a * a * a;
    if (b == T(0.5)) return std::sqrt(a);
    if (b == T(-1)) return 1 / a;
    return static_cast<T>(std::pow(static_cast<double>(a), static_cast<double>(b)));
  }
}
template <class T> T remainderOf(T a, T b) {
  if constexpr (std::numeric_limits<T>::is_integer) {
    const std::int64_t x = a, y = b;
    return y == 0 ? T(0) : static_cast<T>(((x % y) + y) % y);
  } else {
    const T rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
}

template <class T> void arithmetic() {
  const bool whole = std::numeric_limits<T>::is_integer;
  const auto add = [whole](T a, T b) { return whole ? wrap<T>(static_cast<std::int64_t>(a) + static_cast<std::int64_t>(b)) : static_cast<T>(a + b); };
  const auto sub = [whole](T a, T b) { return whole ? wrap<T>(static_cast<std::int64_t>(a) - static_cast<std::int64_t>(b)) : static_cast<T>(a - b); };
  const auto mul = [whole](T a, T b) { return whole ? wrap<T>(static_cast<std::int64_t>(a) * static_cast<std::int64_t>(b)) : static_cast<T>(a * b); };
  const auto most = [](T a, T b) { return a != a ? a : b != b ? b : a > b ? a : b; };
  const auto least = [](T a, T b) { return a != a ? a : b != b ? b : a < b ? a : b; };
  checkBinary<T, T>("add", kernels::add, add);
  checkBinary<T, T>("sub", kernels::sub, sub);
  checkBinary<T, T>("mul", kernels::mul, mul);
  checkBinary<T, T>("maximum", kernels::maximum, most);
  checkBinary<T, T>("minimum", kernels::minimum, least);
  checkBinary<T, T>("pow", kernels::pow, [](T a, T b) { return std::numeric_limits<T>::is_integer ? powerOf(a, b) : static_cast<T>(std::pow(static_cast<double>(a), static_cast<double>(b))); });
  checkBinary<T, T>("remainder", kernels::remainder, remainderOf<T>);
  checkScalar<T, T>("addScalar", kernels::addScalar, add);
  checkScalar<T, T>("mulScalar", kernels::mulScalar, mul);
  checkScalar<T, T>("rsubScalar", kernels::rsubScalar, [&](T a, T b) { return sub(b, a); });
  checkScalar<T, T>("maximumScalar", kernels::maximumScalar, most);
  checkScalar<T, T>("minimumScalar", kernels::minimumScalar, least);
  checkScalar<T, T>("powScalar", kernels::powScalar, powerOf<T>);
  checkScalar<T, T>("rpowScalar", kernels::rpowScalar, [](T a, T b) { return std::numeric_limits<T>::is_integer ? powerOf(b, a) : static_cast<T>(std::pow(static_cast<double>(b), static_cast<double>(a))); });
  checkScalar<T, T>("remainderScalar", kernels::remainderScalar, remainderOf<T>);
  const auto addHalf = [](Size dtype, Ptr out, Ptr a, Size n, Num b) { kernels::addScaled(dtype, out, a, a, n, b); };
  checkScalar<T, T>("addScaled", addHalf, [&](T a, T b) { return add(a, mul(a, b)); });

  checkBinary<T, std::uint8_t>("eq", kernels::eq, [](T a, T b) { return a == b; });
  checkBinary<T, std::uint8_t>("ne", kernels::ne, [](T a, T b) { return a != b; });
  checkBinary<T, std::uint8_t>("lt", kernels::lt, [](T a, T b) { return a < b; });
  checkBinary<T, std::uint8_t>("le", kernels::le, [](T a, T b) { return a <= b; });
  checkBinary<T, std::uint8_t>("gt", kernels::gt, [](T a, T b) { return a > b; });
  checkBinary<T, std::uint8_t>("ge", kernels::ge, [](T a, T b) { return a >= b; });
  checkScalar<T, std::uint8_t>("eqScalar", kernels::eqScalar, [](T a, T b) { return a == b; });
  checkScalar<T, std::uint8_t>("neScalar", kernels::neScalar, [](T a, T b) { return a != b; });
  checkScalar<T, std::uint8_t>("ltScalar", kernels::ltScalar, [](T a, T b) { return a < b; });
  checkScalar<T, std::uint8_t>("leScalar", kernels::leScalar, [](T a, T b) { return a <= b; });
  checkScalar<T, std::uint8_t>("gtScalar", kernels::gtScalar, [](T a, T b) { return a > b; });
  checkScalar<T, std::uint8_t>("geScalar", kernels::geScalar, [](T a, T b) { return a >= b; });
}

template <class T> void division() {
  checkBinary<T, T>("div", kernels::div, [](T a, T b) { return b == 0 ? (a == 0 || a != a ? T(NAN) : std::copysign(T(INFINITY), std::signbit(a) == std::signbit(b) ? T(1) : T(-1))) : a / b; });
  checkScalar<T, T>("rdivScalar", kernels::rdivScalar, [](T a, T b) { return a == 0 ? (b == 0 ? T(NAN) : std::copysign(T(INFINITY), std::signbit(a) == std::signbit(b) ? T(1) : T(-1))) : b / a; });
}

void logic() {
  const auto check = [](const char* name, auto kernel, auto reference) {
    checkBinary<std::uint8_t, std::uint8_t>(
        name, [&](Size, Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc) { kernel(out, a, b, ndim, desc); }, reference);
  };
  check("logicalAnd", kernels::logicalAnd, [](int a, int b) { return static_cast<std::uint8_t>(a & b); });
  check("logicalOr", kernels::logicalOr, [](int a, int b) { return static_cast<std::uint8_t>(a | b); });
  check("logicalXor", kernels::logicalXor, [](int a, int b) { return static_cast<std::uint8_t>(a ^ b); });
}

void edgesOfIntegers() {
  std::int32_t a[] = {INT32_MIN, INT32_MIN, 7, -7, -1, 2}, b[] = {-1, 0, -3, 3, -3, -1}, out[6], desc[] = {6, 1, 1};
  kernels::remainder(kInt32, out, a, b, 1, desc);
  CHECK(out[0] == 0 && out[1] == 0 && out[2] == -2 && out[3] == 2, "remainder");
  kernels::pow(kInt32, out, a, b, 1, desc);
  CHECK(out[0] == 0 && out[1] == 1 && out[2] == 0 && out[3] == -343 && out[4] == -1 && out[5] == 0, "pow");
}

template <class T> void where() {
  for (const auto& shape : kShapes) {
    const Layout layout(shape, 3);
    check::Exact<std::uint8_t> condition(layout.reach[0]);
    check::Exact<T> a(layout.reach[1]), b(layout.reach[2]);
    for (Size i = 0; i < condition.count; ++i) condition[i] = check::below(2);
    numbers(a.data, a.count);
    numbers(b.data, b.count);
    Guarded<T> out(layout.n);
    kernels::where(sizeof(T), out.data, condition.data, a.data, b.data, layout.ndim, const_cast<std::int32_t*>(layout.desc.data()));
    CHECK(out.intact(), "where writes outside");
    for (Size i = 0; i < layout.n; ++i) CHECK(same(out[i], condition[layout.offsets[0][i]] ? a[layout.offsets[1][i]] : b[layout.offsets[2][i]]), "where at %td of %td", i, layout.n);
  }
}

template <class T> void strided() {
  auto shapes = kShapes;
  shapes.insert(shapes.end(), {{257, 519}, {3, 50, 129}, {70000, 3}, {3, 70000}, {5, 4, 3, 2, 7}});
  for (const auto& shape : shapes) {
    for (int repeat = 0; repeat < 4; ++repeat) {
      Layout layout(shape, 2, true);
      if (repeat == 0) layout = Layout(shape, 2); // broadcast operands, but the output may not be
      const Layout target(shape, 1, true);
      for (Size d = 0; d < layout.ndim; ++d) layout.desc[layout.ndim + d] = target.desc[layout.ndim + d];
      check::Exact<T> x(layout.reach[1]);
      numbers(x.data, x.count);
      for (int threads = 1; threads <= 2; ++threads) {
        setThreadCount(threads);
        Guarded<T> out(target.reach[0]);
        kernels::copyStrided(sizeof(T), out.data, x.data, layout.ndim, layout.desc.data());
        CHECK(out.intact(), "copyStrided writes outside");
        for (Size i = 0; i < layout.n; ++i) CHECK(same(out[target.offsets[0][i]], x[layout.offsets[1][i]]), "copyStrided at %td of %td", i, layout.n);
      }
      setThreadCount(1);
    }
  }
}

template <class To, class From> void casts() {
  const From x[] = {From(0), From(1), From(2.7), From(100), From(200), static_cast<From>(sizeof(From) > 1 ? -3.9 : 3)};
  for (const Size n : {0, 1, 6, 1031}) {
    std::vector<From> in(n);
    for (Size i = 0; i < n; ++i) in[i] = x[i % 6];
    Guarded<To> out(n);
    Guarded<std::uint8_t> bools(n);
    kernels::cast(kCode<To>, out.data, kCode<From>, in.data(), n);
    kernels::cast(kBool, bools.data, kCode<From>, in.data(), n);
    CHECK(out.intact() && bools.intact(), "cast writes outside");
    for (Size i = 0; i < n; ++i) {
      const double value = std::numeric_limits<To>::is_integer ? std::trunc(static_cast<double>(in[i])) : static_cast<double>(in[i]);
      const To wanted = std::numeric_limits<To>::is_integer ? static_cast<To>(static_cast<std::int64_t>(value)) : static_cast<To>(value);
      CHECK(out[i] == wanted, "cast of %g gives %g", static_cast<double>(in[i]), static_cast<double>(out[i]));
      CHECK(bools[i] == (in[i] != 0), "cast of %g to bool", static_cast<double>(in[i]));
    }
  }
}

template <class T> void fills() {
  for (const Size n : {0, 1, 37, 100003}) {
    Guarded<T> out(n), range(n);
    kernels::fill(kCode<T>, out.data, n, 3.7);
    kernels::arange(kCode<T>, range.data, n, 1, 0.25);
    CHECK(out.intact() && range.intact(), "fill writes outside");
    for (Size i = 0; i < n; ++i) CHECK(out[i] == static_cast<T>(3.7), "fill gives %g", static_cast<double>(out[i]));
    for (Size i = 0; i < n; ++i) CHECK(range[i] == (std::numeric_limits<T>::is_integer ? static_cast<T>(1 + i / 4) : static_cast<T>(1 + 0.25 * static_cast<double>(i))), "arange at %td", i);
  }
}

template <class T> void all() {
  arithmetic<T>();
  where<T>();
  strided<T>();
  fills<T>();
  casts<T, float>();
  casts<T, double>();
  casts<T, std::int32_t>();
  casts<T, std::uint8_t>();
}

void allTypes() {
  all<float>();
  all<double>();
  all<std::int32_t>();
  all<std::uint8_t>();
  division<float>();
  division<double>();
  logic();
  edgesOfIntegers();
  std::uint8_t flag = 7;
  kernels::fill(kBool, &flag, 1, 0.5);
  CHECK(flag == 1, "fill of bool");
  float nan = NAN;
  kernels::cast(kBool, &flag, kFloat32, &nan, 1);
  CHECK(flag == 1, "NaN is true");
}

const check::Test test("broadcast", allTypes);

} // namespace
