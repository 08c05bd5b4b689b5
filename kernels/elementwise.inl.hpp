// Functions of each element: arithmetic, elementary functions, activations and what their gradients need.
//
// Operands are contiguous with n elements, n >= 0; out may be the input itself, but overlap it in no other way.
#pragma once
#include "loops.inl.hpp"
#include "math.inl.hpp"

namespace thinnet::TARGET {

namespace loops {

// The loop for a data type; kernels of floating types only know no others.
template <class Op, Size... K> inline Loop floatLoop(Size dtype) {
  return dtype == kFloat64 ? &vectorLoop<Op, double, K...> : &vectorLoop<Op, float, K...>;
}
template <class Op, Size... K> inline Loop numberLoop(Size dtype) {
  if (dtype == kInt32) return &vectorLoop<Op, std::int32_t, K...>;
  if (dtype == kUint8 || dtype == kBool) return &vectorLoop<Op, std::uint8_t, K...>;
  return floatLoop<Op, K...>(dtype);
}
// The loop of a function of numbers whose result is a bool.
template <class Op, Size... K> inline Loop testLoop(Size dtype) {
  if (dtype == kFloat32) return &scalarLoop<Op, std::uint8_t, float, K...>;
  if (dtype == kFloat64) return &scalarLoop<Op, std::uint8_t, double, K...>;
  if (dtype == kInt32) return &scalarLoop<Op, std::uint8_t, std::int32_t, K...>;
  return &scalarLoop<Op, std::uint8_t, std::uint8_t, K...>;
}

inline __attribute__((noinline)) void unary(Loop loop, Size dtype, Ptr out, Ptr x, Size n, Size outBytes = 0) {
  const Size bytes = itemBytesOf(dtype);
  flat(loop, out, outBytes ? outBytes : bytes, {{x, bytes, &kContiguous}}, n);
}
inline __attribute__((noinline)) void unary(Loop loop, Size dtype, Ptr out, Ptr x, Size n, const Element& parameter) {
  const Size bytes = itemBytesOf(dtype);
  flat(loop, out, bytes, {{x, bytes, &kContiguous}, {parameter.bytes, bytes, nullptr}}, n);
}

} // namespace loops

// Signed integers wrap around: their arithmetic is that of unsigned ones.
template <class V> THINNET_INLINE V wrapping(V x) { return x; }
THINNET_INLINE Vec<std::uint32_t> wrapping(Vec<std::int32_t> x) { return (Vec<std::uint32_t>)x; }

// A kernel out[i] = expression of x, for floating types, or for all of them.
#define THINNET_UNARY(loopOf, name, expression)                                       \
  struct name##Op {                                                                   \
    template <class V> static THINNET_INLINE V of(V x) { return (V)(expression); }    \
  };                                                                                  \
  void name(Size dtype, Ptr out, Ptr x, Size n) { loops::unary(loops::loopOf<name##Op, 0>(dtype), dtype, out, x, n); }
#define FLOAT_UNARY(name, expression) THINNET_UNARY(floatLoop, name, expression)
#define UNARY(name, expression) THINNET_UNARY(numberLoop, name, expression)

UNARY(neg, -wrapping(x))
UNARY(abs, math::abs(x))
UNARY(sign, x > V{} ? math::like(x, 1) : (x < V{} ? -math::like(x, 1) : V{})) // 0 for NaN
UNARY(square, wrapping(x) * wrapping(x))
UNARY(floor, math::floor(x))
UNARY(ceil, math::ceil(x))
UNARY(round, math::round(x)) // halves to even
UNARY(trunc, math::trunc(x))
UNARY(relu, x < V{} ? V{} : x) // NaN stays, and -0

FLOAT_UNARY(exp, math::exp(x))
FLOAT_UNARY(expm1, math::expm1(x))
FLOAT_UNARY(log, math::log(x))
FLOAT_UNARY(log1p, math::log1p(x))
FLOAT_UNARY(log2, math::log2(x))
FLOAT_UNARY(sqrt, math::sqrt(x))
FLOAT_UNARY(rsqrt, math::like(x, 1) / math::sqrt(x))
FLOAT_UNARY(reciprocal, math::like(x, 1) / x)
FLOAT_UNARY(sin, math::sin(x))
FLOAT_UNARY(cos, math::cos(x))
FLOAT_UNARY(tanh, math::tanh(x))
FLOAT_UNARY(sigmoid, math::sigmoid(x))
FLOAT_UNARY(erf, math::erf(x))
FLOAT_UNARY(silu, x * math::sigmoid(x))
FLOAT_UNARY(softplus, x > math::like(x, 20) ? x : math::log1p(math::exp(x)))
// x·Φ(x); for negative x of large magnitude the error is relative to x, not to the result.
FLOAT_UNARY(gelu, math::like(x, 0.5) * x * (math::like(x, 1) + math::erf(x * math::like(x, 0.70710678118654752440))))
// x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³))), by (1 + tanh u)/2 = sigmoid(2u)
FLOAT_UNARY(geluTanh, x * math::sigmoid(x * (math::like(x, 1.5957691216057308) + math::like(x, 0.071354816272600716) * (x * x))))

#undef UNARY
#undef FLOAT_UNARY
#undef THINNET_UNARY

// out is bool: one byte, 0 or 1.
struct LogicalNotOp {
  template <class T> static THINNET_INLINE bool of(T x) { return x == 0; }
};
struct IsNanOp {
  template <class T> static THINNET_INLINE bool of(T x) { return x != x; }
};
struct IsFiniteOp {
  template <class T> static THINNET_INLINE bool of(T x) { return x - x == 0; }
};
void logicalNot(Size dtype, Ptr out, Ptr x, Size n) { loops::unary(loops::testLoop<LogicalNotOp, 0>(dtype), dtype, out, x, n, Size{1}); }
void isNan(Size dtype, Ptr out, Ptr x, Size n) { loops::unary(loops::testLoop<IsNanOp, 0>(dtype), dtype, out, x, n, Size{1}); }
void isFinite(Size dtype, Ptr out, Ptr x, Size n) { loops::unary(loops::testLoop<IsFiniteOp, 0>(dtype), dtype, out, x, n, Size{1}); }

// The gradients of the commonest activations from the incoming gradient g and the activation's result y.
struct ReluBackwardOp {
  template <class V> static THINNET_INLINE V of(V g, V y) { return y > V{} ? g : V{}; }
};
struct TanhBackwardOp {
  template <class V> static THINNET_INLINE V of(V g, V y) { return g * (math::like(y, 1) - y * y); }
};
struct SigmoidBackwardOp {
  template <class V> static THINNET_INLINE V of(V g, V y) { return g * y * (math::like(y, 1) - y); }
};
template <class Op> inline void backwardOf(Size dtype, Ptr out, Ptr g, Ptr y, Size n) {
  const Size bytes = loops::itemBytesOf(dtype);
  loops::flat(loops::floatLoop<Op, 0, 1>(dtype), out, bytes, {{g, bytes, &loops::kContiguous}, {y, bytes, &loops::kContiguous}}, n);
}
void reluBackward(Size dtype, Ptr out, Ptr g, Ptr y, Size n) { backwardOf<ReluBackwardOp>(dtype, out, g, y, n); }
void tanhBackward(Size dtype, Ptr out, Ptr g, Ptr y, Size n) { backwardOf<TanhBackwardOp>(dtype, out, g, y, n); }
void sigmoidBackward(Size dtype, Ptr out, Ptr g, Ptr y, Size n) { backwardOf<SigmoidBackwardOp>(dtype, out, g, y, n); }

// Functions with parameters, which reach the loop as further operands.
struct LeakyReluOp {
  template <class V> static THINNET_INLINE V of(V x, V slope) { return x > V{} ? x : x * slope; }
};
struct EluOp {
  template <class V> static THINNET_INLINE V of(V x, V alpha) { return x > V{} ? x : alpha * math::expm1(x); }
};
struct ClampOp {
  template <class V> static THINNET_INLINE V of(V x, V low, V high) { return math::clamp(x, low, high); }
};
void leakyRelu(Size dtype, Ptr out, Ptr x, Size n, Num slope) {
  loops::unary(loops::floatLoop<LeakyReluOp, 0, 1>(dtype), dtype, out, x, n, loops::Element(dtype, slope));
}
void elu(Size dtype, Ptr out, Ptr x, Size n, Num alpha) {
  loops::unary(loops::floatLoop<EluOp, 0, 1>(dtype), dtype, out, x, n, loops::Element(dtype, alpha));
}
// An infinite bound is none. Where low > high the result is high.
void clamp(Size dtype, Ptr out, Ptr x, Size n, Num low, Num high) {
  const Size bytes = loops::itemBytesOf(dtype);
  if (dtype == kInt32 || bytes == 1) { // bounds beyond the type's range would wrap
    const Num least = bytes == 1 ? 0.0 : -0x1p31, most = bytes == 1 ? 255.0 : 0x1p31 - 1;
    low = low < least ? least : low > most ? most : low;
    high = high < least ? least : high > most ? most : high;
  }
  const loops::Element lowest(dtype, low), highest(dtype, high);
  loops::flat(loops::numberLoop<ClampOp, 0, 1, 2>(dtype), out, bytes, {{x, bytes, &loops::kContiguous}, {lowest.bytes, bytes, nullptr}, {highest.bytes, bytes, nullptr}}, n);
}

} // namespace thinnet::TARGET
