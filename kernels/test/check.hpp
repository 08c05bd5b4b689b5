// What kernel self-tests share: the kernels of the target that is tested, random numbers, operands that end where an
// overread is noticed, a failure count.
//
// A file of tests knows kernels by the table alone: it is compiled once for all targets of an architecture. It ends with
// `const check::Test test("name", body);`. `node scripts/test-kernels.mjs [name...]` builds and runs.
#pragma once
#include "../pool.hpp"
#include "../types.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

// Every kernel of the table as a function of the target that is tested.
namespace kernels {
using thinnet::Num;
using thinnet::Ptr;
using thinnet::Size;
#define KERNEL(name, arguments) inline void(*name) arguments;
#include "../table.def"
#undef KERNEL
} // namespace kernels

namespace check {

// The width of the target's vectors, for sizes around it.
inline std::ptrdiff_t vectorBytes;
template <class T> std::ptrdiff_t lanes() { return vectorBytes / static_cast<std::ptrdiff_t>(sizeof(T)); }

inline int failures = 0;

#define CHECK(condition, ...)                                  \
  do {                                                         \
    if (!(condition)) {                                        \
      ++check::failures;                                       \
      std::printf("%s:%d: %s: ", __FILE__, __LINE__, #condition); \
      std::printf(__VA_ARGS__);                                \
      std::printf("\n");                                       \
      if (check::failures > 20) std::exit(1);                  \
    }                                                          \
  } while (0)

// xorshift64*
inline std::uint64_t state = 0x9e3779b97f4a7c15u;
inline std::uint64_t random() {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545f4914f6cdd1du;
}
inline double uniform() { return static_cast<double>(random() >> 11) * 0x1p-52 - 1; } // [-1, 1)
inline std::ptrdiff_t below(std::ptrdiff_t n) { return static_cast<std::ptrdiff_t>(random() % static_cast<std::uint64_t>(n)); }

// Exactly `count` elements on the heap, so that AddressSanitizer sees the first one beyond.
template <class T> struct Exact {
  T* data;
  std::ptrdiff_t count;
  explicit Exact(std::ptrdiff_t n) : data(static_cast<T*>(std::malloc(static_cast<std::size_t>(n) * sizeof(T) + (n == 0)))), count(n) {}
  ~Exact() { std::free(data); }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  T& operator[](std::ptrdiff_t i) { return data[i]; }
  void fillUniform() {
    for (std::ptrdiff_t i = 0; i < count; ++i) data[i] = static_cast<T>(uniform());
  }
};

// n elements, `shift` elements off the allocation's alignment, between guard bytes.
template <class T> struct Guarded {
  static constexpr std::ptrdiff_t kGuard = 64;
  std::vector<unsigned char> bytes;
  T* data;
  std::ptrdiff_t count;
  explicit Guarded(std::ptrdiff_t n, std::ptrdiff_t shift = 1) : bytes(static_cast<std::size_t>((n + shift) * static_cast<std::ptrdiff_t>(sizeof(T)) + 2 * kGuard), 0xa5), count(n) {
    data = reinterpret_cast<T*>(bytes.data() + kGuard) + shift;
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  T& operator[](std::ptrdiff_t i) { return data[i]; }
  bool intact() const {
    const unsigned char* begin = reinterpret_cast<const unsigned char*>(data);
    const unsigned char* end = begin + count * static_cast<std::ptrdiff_t>(sizeof(T));
    for (const unsigned char* p = bytes.data(); p < bytes.data() + bytes.size(); ++p) {
      if ((p < begin || p >= end) && *p != 0xa5) return false;
    }
    return true;
  }
};

template <class T> constexpr thinnet::Size kCode = thinnet::kFloat32;
template <> constexpr thinnet::Size kCode<double> = thinnet::kFloat64;
template <> constexpr thinnet::Size kCode<std::int32_t> = thinnet::kInt32;
template <> constexpr thinnet::Size kCode<std::uint8_t> = thinnet::kUint8;

template <class T> bool sameBits(const T* a, const T* b, std::ptrdiff_t n) { return n == 0 || std::memcmp(a, b, static_cast<std::size_t>(n) * sizeof(T)) == 0; }

// A file of tests, listed for main.cpp.
struct Test {
  const char* name;
  void (*body)();
  const Test* next;
  static inline const Test* first = nullptr;
  Test(const char* name_, void (*body_)()) : name(name_), body(body_), next(first) { first = this; }
};

} // namespace check
