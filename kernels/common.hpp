// What every kernel source shares: argument kinds, data types, and vectors as wide as the target has.
//
// A kernel source (`*.inl.hpp`) is compiled once per target, inside `namespace thinnet::TARGET`, by `target.cpp`.
// Everything in it must live in that namespace: an inline function or template shared between targets (most of
// <algorithm>, <cmath>) may be emitted once with AVX-512 instructions and then run on a processor without them.
#pragma once
#include <cstddef>
#include <cstdint>

#ifndef TARGET
#error "compile kernels through target.cpp, with -DTARGET=baseline|avx2|avx512|neon|wasm"
#endif

namespace thinnet {

// The three kinds of kernel argument. In WASM all of them reach JavaScript as plain numbers.
using Ptr = void*;           // an address in the backend's address space; 0 where an optional operand is absent
using Size = std::ptrdiff_t; // a size, stride (in elements), index, enumerator or flag
using Num = double;          // a scalar operand

// The codes of `src/tensor/dtype.ts`. bool is one byte, 0 or 1.
enum DType : Size { kFloat32 = 0, kFloat64 = 1, kInt32 = 2, kUint8 = 3, kBool = 4 };

} // namespace thinnet

#include "pool.hpp"

#define THINNET_INLINE inline __attribute__((always_inline))

#if defined(__AVX512F__)
#define THINNET_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define THINNET_VECTOR_BYTES 32
#else
#define THINNET_VECTOR_BYTES 16
#endif

namespace thinnet::TARGET {

// Vectors of the target's width; loads and stores through them may be unaligned.
template <class T> struct VecOf { typedef T type __attribute__((vector_size(THINNET_VECTOR_BYTES), aligned(1), may_alias)); };
template <class T> using Vec = typename VecOf<T>::type;
template <class T> constexpr Size kLanes = THINNET_VECTOR_BYTES / static_cast<Size>(sizeof(T));

template <class T> THINNET_INLINE Vec<T> load(const T* p) { return *reinterpret_cast<const Vec<T>*>(p); }
template <class T> THINNET_INLINE void store(T* p, Vec<T> v) { *reinterpret_cast<Vec<T>*>(p) = v; }
template <class T> THINNET_INLINE Vec<T> splat(T x) { return x - Vec<T>{}; }

// The first `n` lanes of `p`, zeros behind them; and the way back. For the tail of a loop, so that it rounds as its body does.
template <class T> THINNET_INLINE Vec<T> loadFirst(const T* p, Size n) {
  Vec<T> v{};
  __builtin_memcpy(&v, p, static_cast<std::size_t>(n) * sizeof(T));
  return v;
}
template <class T> THINNET_INLINE void storeFirst(T* p, Vec<T> v, Size n) {
  __builtin_memcpy(p, &v, static_cast<std::size_t>(n) * sizeof(T));
}

THINNET_INLINE Size minOf(Size a, Size b) { return a < b ? a : b; }
THINNET_INLINE Size maxOf(Size a, Size b) { return a > b ? a : b; }
THINNET_INLINE Size divUp(Size a, Size b) { return (a + b - 1) / b; }

// Runs body(task, thread) for every task in [0, tasks), in any order and on any thread.
template <class Body> THINNET_INLINE void parallel(Size tasks, const Body& body) {
  if (tasks == 1) return body(Size{0}, 0);
  parallelFor(
      tasks, [](const void* context, Size task, int thread) { (*static_cast<const Body*>(context))(task, thread); },
      &body);
}

// Elements per task of an element-wise kernel: enough to be worth a wake-up, and the same for any number of threads.
constexpr Size kGrain = 32768;

// body(begin, end) over [0, n) in pieces of kGrain elements; what is small stays whole, on the calling thread.
template <class Body> THINNET_INLINE void parallelRange(Size n, const Body& body) {
  if (n <= 2 * kGrain) return n > 0 ? body(Size{0}, n) : void();
  parallel(divUp(n, kGrain), [&](Size task, int) { body(task * kGrain, minOf(n, (task + 1) * kGrain)); });
}

} // namespace thinnet::TARGET
