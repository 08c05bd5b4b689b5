// Functions of two or three broadcast operands: arithmetic, comparisons, logic, choice.
//
// desc holds int32s: shape[ndim], then the strides of each operand[ndim], in elements, 0 where it is broadcast; ndim may
// be 0 (one element), a dimension 0 (none). out is contiguous; it may be an operand that is contiguous too, but overlap
// one in no other way. Kernels named ...Scalar take n contiguous elements and a number, which is rounded to their type.
#pragma once
#include "elementwise.inl.hpp"

namespace thinnet::TARGET {

namespace loops {

// out = loop(a, b), or of (b, a) if they are exchanged.
inline __attribute__((noinline)) void binary(Loop loop, Size dtype, Ptr out, Size outBytes, Ptr a, Ptr b, Size ndim, Ptr desc, bool exchanged = false) {
  const std::int32_t* shape = static_cast<const std::int32_t*>(desc);
  const Size bytes = itemBytesOf(dtype);
  const Input inputs[] = {{a, bytes, shape + ndim}, {b, bytes, shape + 2 * ndim}};
  broadcast(loop, out, outBytes, {inputs[exchanged], inputs[!exchanged]}, ndim, shape);
}
inline __attribute__((noinline)) void withScalar(Loop loop, Size dtype, Ptr out, Size outBytes, Ptr a, Size n, Num b, bool exchanged = false) {
  const Size bytes = itemBytesOf(dtype);
  const Element scalar(dtype, b);
  const Input inputs[] = {{a, bytes, &kContiguous}, {scalar.bytes, bytes, nullptr}};
  flat(loop, out, outBytes, {inputs[exchanged], inputs[!exchanged]}, n);
}

// The loop of a function of two numbers of a data type.
template <class Op> inline Loop pairLoop(Size dtype) {
  if (dtype == kFloat32) return &scalarLoop<Op, float, float, 0, 1>;
  if (dtype == kFloat64) return &scalarLoop<Op, double, double, 0, 1>;
  if (dtype == kInt32) return &scalarLoop<Op, std::int32_t, std::int32_t, 0, 1>;
  return &scalarLoop<Op, std::uint8_t, std::uint8_t, 0, 1>;
}

} // namespace loops

struct AddOp {
  template <class V> static THINNET_INLINE V of(V a, V b) { return (V)(wrapping(a) + wrapping(b)); }
};
struct SubOp {
  template <class V> static THINNET_INLINE V of(V a, V b) { return (V)(wrapping(a) - wrapping(b)); }
};
struct MulOp {
  template <class V> static THINNET_INLINE V of(V a, V b) { return (V)(wrapping(a) * wrapping(b)); }
};
struct DivOp {
  template <class V> static THINNET_INLINE V of(V a, V b) { return a / b; }
};
struct MaximumOp { // NaN wins
  template <class V> static THINNET_INLINE V of(V a, V b) { return ((a > b) | (a != a)) ? a : b; }
};
struct MinimumOp {
  template <class V> static THINNET_INLINE V of(V a, V b) { return ((a < b) | (a != a)) ? a : b; }
};

// a^b. Integers wrap around; 1/a is a whole number for 1 and -1 only, else 0.
struct PowOp {
  template <class T> static THINNET_INLINE T of(T a, T b) {
    if constexpr (T(0.5) != 0) {
      return static_cast<T>(__builtin_pow(static_cast<double>(a), static_cast<double>(b)));
    } else {
      if (b < 0) return a == 1 || (a == T(-1) && b % 2 == 0) ? T(1) : a == T(-1) ? a : T(0);
      std::uint32_t result = 1, factor = static_cast<std::uint32_t>(a);
      for (std::uint32_t rest = static_cast<std::uint32_t>(b); rest; rest >>= 1, factor *= factor) {
        if (rest & 1) result *= factor;
      }
      return static_cast<T>(result);
    }
  }
};
// The remainder with b's sign; of integers by 0: 0. fmod is exact, so double serves float32 too.
struct RemainderOp {
  template <class T> static THINNET_INLINE T of(T a, T b) {
    if constexpr (T(0.5) != 0) {
      const double divisor = static_cast<double>(b), rest = __builtin_fmod(static_cast<double>(a), divisor);
      return static_cast<T>(rest != 0 && (divisor < 0) != (rest < 0) ? rest + divisor : rest);
    } else {
      if (b == 0 || (b < 0 && b == T(-1))) return 0; // the least integer by -1 overflows
      const T rest = static_cast<T>(a % b);
      return rest != 0 && (b < 0) != (rest < 0) ? static_cast<T>(rest + b) : rest;
    }
  }
};

// Kernels of two broadcast operands, and of an operand and a number.
#define THINNET_BINARY(name, loopOf)                                                     \
  void name(Size dtype, Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc) {                    \
    loops::binary(loops::loopOf(dtype), dtype, out, loops::itemBytesOf(dtype), a, b, ndim, desc); \
  }
#define THINNET_SCALAR(name, loopOf, exchanged)                                          \
  void name(Size dtype, Ptr out, Ptr a, Size n, Num b) {                                 \
    loops::withScalar(loops::loopOf(dtype), dtype, out, loops::itemBytesOf(dtype), a, n, b, exchanged); \
  }
#define NUMBERS(Op) numberLoop<Op, 0, 1>
#define FLOATS(Op) floatLoop<Op, 0, 1>
#define PAIRS(Op) pairLoop<Op>

THINNET_BINARY(add, NUMBERS(AddOp))
THINNET_BINARY(sub, NUMBERS(SubOp))
THINNET_BINARY(mul, NUMBERS(MulOp))
THINNET_BINARY(div, FLOATS(DivOp))
THINNET_BINARY(maximum, NUMBERS(MaximumOp))
THINNET_BINARY(minimum, NUMBERS(MinimumOp))
THINNET_BINARY(pow, PAIRS(PowOp))
THINNET_BINARY(remainder, PAIRS(RemainderOp))

THINNET_SCALAR(addScalar, NUMBERS(AddOp), false)
THINNET_SCALAR(mulScalar, NUMBERS(MulOp), false)
THINNET_SCALAR(divScalar, FLOATS(DivOp), false)
THINNET_SCALAR(rsubScalar, NUMBERS(SubOp), true) // b - a
THINNET_SCALAR(rdivScalar, FLOATS(DivOp), true)  // b / a
THINNET_SCALAR(rpowScalar, PAIRS(PowOp), true)   // b ^ a
THINNET_SCALAR(maximumScalar, NUMBERS(MaximumOp), false)
THINNET_SCALAR(minimumScalar, NUMBERS(MinimumOp), false)
THINNET_SCALAR(remainderScalar, PAIRS(RemainderOp), false)

#undef THINNET_BINARY
#undef THINNET_SCALAR
#undef NUMBERS
#undef FLOATS
#undef PAIRS

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
  loops::withScalar(loops::pairLoop<PowOp>(dtype), dtype, out, loops::itemBytesOf(dtype), a, n, b);
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
#define THINNET_COMPARISON(name, Op, exchanged)                                                  \
  void name(Size dtype, Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc) {                           \
    loops::binary(loops::testLoop<Op, 0, 1>(dtype), dtype, out, 1, a, b, ndim, desc, exchanged); \
  }                                                                                             \
  void name##Scalar(Size dtype, Ptr out, Ptr a, Size n, Num b) {                                \
    loops::withScalar(loops::testLoop<Op, 0, 1>(dtype), dtype, out, 1, a, n, b, exchanged);      \
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
THINNET_COMPARISON(eq, EqualOp, false)
THINNET_COMPARISON(ne, UnequalOp, false)
THINNET_COMPARISON(lt, LessOp, false)
THINNET_COMPARISON(le, LessOrEqualOp, false)
THINNET_COMPARISON(gt, LessOp, true)
THINNET_COMPARISON(ge, LessOrEqualOp, true)
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
void logicalAnd(Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc) { loops::binary(&loops::vectorLoop<AndOp, std::uint8_t, 0, 1>, kBool, out, 1, a, b, ndim, desc); }
void logicalOr(Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc) { loops::binary(&loops::vectorLoop<OrOp, std::uint8_t, 0, 1>, kBool, out, 1, a, b, ndim, desc); }
void logicalXor(Ptr out, Ptr a, Ptr b, Size ndim, Ptr desc) { loops::binary(&loops::vectorLoop<XorOp, std::uint8_t, 0, 1>, kBool, out, 1, a, b, ndim, desc); }

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
