// What every kernel source shares: vectors as wide as the target has, and loops in parallel.
//
// A kernel source (`*.inl.hpp`) is compiled once per target, inside `namespace thinnet::TARGET`, by `target.cpp`.
// Everything in it must live in that namespace: an inline function or template shared between targets (most of
// <algorithm>, <cmath>) may be emitted once with AVX-512 instructions and then run on a processor without them.
#pragma once
#ifndef TARGET
#error "compile kernels through target.cpp, with -DTARGET=baseline|avx2|avx512|neon|wasm"
#endif

#include "pool.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

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

// Moves n items, n < 2 * most, a power of two: by halves of constant size, which are no calls of memcpy.
template <class T, Size most> THINNET_INLINE void moveItems(T* to, const T* from, Size n) {
  const Size moved = n & most;
  if (moved) __builtin_memcpy(to, from, most * sizeof(T));
  if constexpr (most > 1) moveItems<T, most / 2>(to + moved, from + moved, n);
}

#if defined(__AVX2__) && !defined(__AVX512F__)
template <Size bytes> THINNET_INLINE __m256i firstLanes(Size n) {
  if constexpr (bytes == 4) return (__m256i)((static_cast<std::int32_t>(n) - Vec<std::int32_t>{}) > Vec<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7});
  else return (__m256i)((n - Vec<std::int64_t>{}) > Vec<std::int64_t>{0, 1, 2, 3});
}
#endif

// The first n lanes of `p`, zeros (or what `rest` holds) behind them; and the way back. For the tail of a loop, so that it
// rounds as its body does.
template <class T> THINNET_INLINE Vec<T> loadFirst(const T* p, Size n, Vec<T> rest = Vec<T>{}) {
  if (n == kLanes<T>) return load(p);
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) return (Vec<T>)_mm512_mask_loadu_epi32((__m512i)rest, static_cast<__mmask16>((1u << n) - 1), p);
  if constexpr (sizeof(T) == 8) return (Vec<T>)_mm512_mask_loadu_epi64((__m512i)rest, static_cast<__mmask8>((1u << n) - 1), p);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) >= 4) {
    const __m256i mask = firstLanes<sizeof(T)>(n);
    const auto* from = reinterpret_cast<const int*>(p);
    const auto* from8 = reinterpret_cast<const long long*>(p);
    const __m256i lanes = sizeof(T) == 4 ? _mm256_maskload_epi32(from, mask) : _mm256_maskload_epi64(from8, mask);
    return (Vec<T>)_mm256_blendv_epi8((__m256i)rest, lanes, mask);
  }
#endif
  T lanes[kLanes<T>];
  store(lanes, rest);
  moveItems<T, kLanes<T> / 2>(lanes, p, n);
  return load(lanes);
}
template <class T> THINNET_INLINE void storeFirst(T* p, Vec<T> v, Size n) {
  if (n == kLanes<T>) return store(p, v);
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) return _mm512_mask_storeu_epi32(p, static_cast<__mmask16>((1u << n) - 1), (__m512i)v);
  if constexpr (sizeof(T) == 8) return _mm512_mask_storeu_epi64(p, static_cast<__mmask8>((1u << n) - 1), (__m512i)v);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) return _mm256_maskstore_epi32(reinterpret_cast<int*>(p), firstLanes<4>(n), (__m256i)v);
  if constexpr (sizeof(T) == 8) return _mm256_maskstore_epi64(reinterpret_cast<long long*>(p), firstLanes<8>(n), (__m256i)v);
#endif
  T lanes[kLanes<T>];
  store(lanes, v);
  moveItems<T, kLanes<T> / 2>(p, lanes, n);
}

THINNET_INLINE constexpr Size minOf(Size a, Size b) { return a < b ? a : b; }
THINNET_INLINE constexpr Size maxOf(Size a, Size b) { return a > b ? a : b; }
THINNET_INLINE constexpr Size divUp(Size a, Size b) { return (a + b - 1) / b; }

// [0, n) in pieces to be tasks of: three quarters in big ones, as many for each thread, the rest in small ones, so that threads
// finish at about the same time. The cut depends on the number of threads: only for work whose results do not depend on it.
struct Pieces {
  Size n, big, small, bigs, count;

  static Pieces of(Size n, Size big, Size small, Size threads) {
    const Size bigs = threads == 1 ? divUp(n, big) : 3 * n / (4 * threads * big) * threads;
    return {n, big, small, bigs, bigs + divUp(maxOf(0, n - bigs * big), small)};
  }

  Size begin(Size piece) const { return minOf(n, minOf(piece, bigs) * big + maxOf(0, piece - bigs) * small); }
  Size end(Size piece) const { return begin(piece + 1); }
};

// Runs body(task, thread) for every task in [0, tasks), in any order and on any thread.
template <class Body> THINNET_INLINE void parallel(Size tasks, const Body& body) {
  if (tasks == 1) return body(Size{0}, 0);
  parallelFor(
      tasks, [](const void* context, Size task, int thread) { (*static_cast<const Body*>(context))(task, thread); },
      &body);
}

// body(begin, end) over [0, n) in pieces of kGrain elements; what is small stays whole, on the calling thread.
template <class Body> THINNET_INLINE void parallelRange(Size n, const Body& body) {
  if (n <= 2 * kGrain) return n > 0 ? body(Size{0}, n) : void();
  parallel(divUp(n, kGrain), [&](Size task, int) { body(task * kGrain, minOf(n, (task + 1) * kGrain)); });
}

} // namespace thinnet::TARGET
