// Functions of two or three broadcast operands: arithmetic, comparisons, logic, choice.
//
// desc holds int32s: shape[ndim], then the strides of each operand[ndim], in elements, 0 where it is broadcast; ndim may
// be 0 (one element), a dimension 0 (none). out is contiguous; it may be an operand that is contiguous too, but overlap
// one in no other way. Kernels named ...Scalar take n contiguous elements and a number, which is rounded to their type.
#pragma once
#include "elementwise.inl.hpp"

namespace thinnet::TARGET {

namespace loops {

inline __attribute__((noinline)) void binary(Loop loop, Size dtype, Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc, bool test) {
  const std::int32_t* shape = static_cast<const std::int32_t*>(desc);
  const Size bytes = itemBytesOf(dtype);
  broadcast(loop, out, test ? 1 : bytes, {{a, bytes, shape + ndim}, {b, bytes, shape + 2 * ndim}}, ndim, shape);
}
inline __attribute__((noinline)) void withScalar(Loop loop, Size dtype, Ptr out, Ptr a, Size n, Num b, bool test) {
  const Size bytes = itemBytesOf(dtype);
  const Element scalar(dtype, b);
  flat(loop, out, test ? 1 : bytes, {{a, bytes, &kContiguous}, {scalar.bytes, bytes, nullptr}}, n);
}

} // namespace loops

namespace math {

// x^exponent and the remainder with the divisor's sign, of integers. Powers wrap around; 1/x is a whole number for 1 and
// -1 only, else 0. The remainder of a division by 0 is 0.
template <class T> THINNET_INLINE T integerPower(T base, T exponent) {
  if (exponent < 0) return base == 1 || (base == T(-1) && exponent % 2 == 0) ? T(1) : base == T(-1) ? base : T(0);
  std::uint32_t result = 1, factor = static_cast<std::uint32_t>(base);
  for (std::uint32_t rest = static_cast<std::uint32_t>(exponent); rest; rest >>= 1, factor *= factor) {
    if (rest & 1) result *= factor;
  }
  return static_cast<T>(result);
}
template <class T> THINNET_INLINE T integerRemainder(T a, T b) {
  if (b == 0 || b == T(-1)) return b == 0 || b < 0 ? T(0) : static_cast<T>(a % b); // -1 overflows at the least integer
  const T rest = static_cast<T>(a % b);
  return rest != 0 && (b < 0) != (rest < 0) ? static_cast<T>(rest + b) : rest;
}

template <class V> THINNET_INLINE V anyPower(V x, V y) {
  if constexpr (ElementOf<V>(0.5) != 0) {
    return pow(x, y);
  } else {
    for (Size lane = 0; lane < kLanes<ElementOf<V>>; ++lane) x[lane] = integerPower<ElementOf<V>>(x[lane], y[lane]);
    return x;
  }
}
template <class V> THINNET_INLINE V anyRemainder(V x, V y) {
  if constexpr (ElementOf<V>(0.5) != 0) {
    return remainder(x, y);
  } else {
    for (Size lane = 0; lane < kLanes<ElementOf<V>>; ++lane) x[lane] = integerRemainder<ElementOf<V>>(x[lane], y[lane]);
    return x;
  }
}

} // namespace math

// Kernels out = expression of a and b, of broadcast operands and of an operand and a number.
#define THINNET_BINARY(loopOf, name, expression)                                                \
  struct name##Op {                                                                             \
    template <class V> static THINNET_INLINE V of(V a, V b) { return (V)(expression); }         \
  };                                                                                            \
  void name(Size dtype, Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc) {                           \
    loops::binary(loops::loopOf<name##Op, 0, 1>(dtype), dtype, out, a, b, ndim, desc, false);   \
  }
#define THINNET_SCALAR(loopOf, name, op, A, B)                                                  \
  void name(Size dtype, Ptr out, Ptr a, Size n, Num b) {                                        \
    loops::withScalar(loops::loopOf<op##Op, A, B>(dtype), dtype, out, a, n, b, false);          \
  }

THINNET_BINARY(numberLoop, add, wrapping(a) + wrapping(b))
THINNET_BINARY(numberLoop, sub, wrapping(a) - wrapping(b))
THINNET_BINARY(numberLoop, mul, wrapping(a) * wrapping(b))
THINNET_BINARY(floatLoop, div, a / b)
THINNET_BINARY(numberLoop, maximum, ((a > b) | (a != a)) ? a : b) // NaN wins
THINNET_BINARY(numberLoop, minimum, ((a < b) | (a != a)) ? a : b)
THINNET_BINARY(numberLoop, pow, math::anyPower(a, b))
THINNET_BINARY(numberLoop, remainder, math::anyRemainder(a, b)) // has b's sign

THINNET_SCALAR(numberLoop, addScalar, add, 0, 1)
THINNET_SCALAR(numberLoop, mulScalar, mul, 0, 1)
THINNET_SCALAR(floatLoop, divScalar, div, 0, 1)
THINNET_SCALAR(numberLoop, rsubScalar, sub, 1, 0) // b - a
THINNET_SCALAR(floatLoop, rdivScalar, div, 1, 0)  // b / a
THINNET_SCALAR(numberLoop, rpowScalar, pow, 1, 0) // b ^ a
THINNET_SCALAR(numberLoop, maximumScalar, maximum, 0, 1)
THINNET_SCALAR(numberLoop, minimumScalar, minimum, 0, 1)
THINNET_SCALAR(numberLoop, remainderScalar, remainder, 0, 1)

#undef THINNET_BINARY
#undef THINNET_SCALAR

struct IdentityOp {
  template <class V> static THINNET_INLINE V of(V x) { return x; }
};
struct OneOp {
  template <class V> static THINNET_INLINE V of(V x) { return math::like(x, 1); }
};
struct CubeOp {
  template <class V> static THINNET_INLINE V of(V x) { return (V)(wrapping(x) * wrapping(x) * wrapping(x)); }
};

// x^b; the commonest exponents are products, roots and quotients, rounded as those are.
void powScalar(Size dtype, Ptr out, Ptr a, Size n, Num b) {
  const bool floating = dtype == kFloat32 || dtype == kFloat64;
  if (b == 0) return loops::unary(loops::numberLoop<OneOp, 0>(dtype), dtype, out, a, n);
  if (b == 1) return loops::unary(loops::numberLoop<IdentityOp, 0>(dtype), dtype, out, a, n);
  if (b == 2) return square(dtype, out, a, n);
  if (b == 3) return loops::unary(loops::numberLoop<CubeOp, 0>(dtype), dtype, out, a, n);
  if (b == 0.5 && floating) return sqrt(dtype, out, a, n);
  if (b == -1 && floating) return reciprocal(dtype, out, a, n);
  loops::withScalar(loops::numberLoop<powOp, 0, 1>(dtype), dtype, out, a, n, b, false);
}

// a + alpha·b of n contiguous elements, rounded twice: with alpha 1 the same as `add`.
struct AddScaledOp {
  template <class V> static THINNET_INLINE V of(V a, V b, V alpha) { return (V)(wrapping(a) + wrapping(alpha) * wrapping(b)); }
};
void addScaled(Size dtype, Ptr out, Ptr a, Ptr b, Size n, Num alpha) {
  const Size bytes = loops::itemBytesOf(dtype);
  const loops::Element factor(dtype, alpha);
  loops::flat(loops::numberLoop<AddScaledOp, 0, 1, 2>(dtype), out, bytes, {{a, bytes, &loops::kContiguous}, {b, bytes, &loops::kContiguous}, {factor.bytes, bytes, nullptr}}, n);
}

// Comparisons; out is bool. NaN equals nothing. `gt` and `ge` are `lt` and `le` of exchanged operands.
#define THINNET_COMPARISON(name, op, A, B)                                                   \
  void name(Size dtype, Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc) {                        \
    loops::binary(loops::testLoop<op##Op, A, B>(dtype), dtype, out, a, b, ndim, desc, true); \
  }                                                                                          \
  void name##Scalar(Size dtype, Ptr out, Ptr a, Size n, Num b) {                             \
    loops::withScalar(loops::testLoop<op##Op, A, B>(dtype), dtype, out, a, n, b, true);      \
  }
struct EqualOp {
  template <class T> static THINNET_INLINE bool of(T a, T b) { return a == b; }
};
struct UnequalOp {
  template <class T> static THINNET_INLINE bool of(T a, T b) { return a != b; }
};
struct LessOp {
  template <class T> static THINNET_INLINE bool of(T a, T b) { return a < b; }
};
struct LessOrEqualOp {
  template <class T> static THINNET_INLINE bool of(T a, T b) { return a <= b; }
};
THINNET_COMPARISON(eq, Equal, 0, 1)
THINNET_COMPARISON(ne, Unequal, 0, 1)
THINNET_COMPARISON(lt, Less, 0, 1)
THINNET_COMPARISON(le, LessOrEqual, 0, 1)
THINNET_COMPARISON(gt, Less, 1, 0)
THINNET_COMPARISON(ge, LessOrEqual, 1, 0)
#undef THINNET_COMPARISON

// Logic of bools.
struct AndOp {
  template <class V> static THINNET_INLINE V of(V a, V b) { return a & b; }
};
struct OrOp {
  template <class V> static THINNET_INLINE V of(V a, V b) { return a | b; }
};
struct XorOp {
  template <class V> static THINNET_INLINE V of(V a, V b) { return a ^ b; }
};
void logicalAnd(Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc) { loops::binary(&loops::vectorLoop<AndOp, std::uint8_t, 0, 1>, kBool, out, a, b, ndim, desc, true); }
void logicalOr(Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc) { loops::binary(&loops::vectorLoop<OrOp, std::uint8_t, 0, 1>, kBool, out, a, b, ndim, desc, true); }
void logicalXor(Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc) { loops::binary(&loops::vectorLoop<XorOp, std::uint8_t, 0, 1>, kBool, out, a, b, ndim, desc, true); }

// out = condition ? a : b, of elements of 1, 4 or 8 bytes. desc: shape, then the strides of condition, a and b.
template <class T> void whereLoop(void* out, const void* const* in, Size n) {
  typedef T Item __attribute__((may_alias));
  const std::uint8_t* condition = static_cast<const std::uint8_t*>(in[0]);
  const Item* a = static_cast<const Item*>(in[1]);
  const Item* b = static_cast<const Item*>(in[2]);
  for (Size i = 0; i < n; ++i) static_cast<Item*>(out)[i] = condition[i] ? a[i] : b[i];
}
void where(Size itemBytes, Ptr out, Ptr condition, Ptr a, Ptr b, Size ndim, Ptr desc) {
  const std::int32_t* shape = static_cast<const std::int32_t*>(desc);
  const loops::Loop loop = itemBytes == 8 ? &whereLoop<std::uint64_t> : itemBytes == 4 ? &whereLoop<std::uint32_t> : &whereLoop<std::uint8_t>;
  loops::broadcast(loop, out, itemBytes, {{condition, 1, shape + ndim}, {a, itemBytes, shape + 2 * ndim}, {b, itemBytes, shape + 3 * ndim}}, ndim, shape);
}

} // namespace thinnet::TARGET
