// Numbers below the smallest normal one. Processors take a hundred cycles or more over each, and the momentum of neurons
// that have died is made of them; a mode of the processor takes them for 0.
#pragma once
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace thinnet {

// True if this processor has the mode.
#if defined(__x86_64__) || defined(__aarch64__)
constexpr bool kCanFlushDenormals = true;
#else
constexpr bool kCanFlushDenormals = false;
#endif

namespace { // each source has its own, compiled for its own target

// The mode, on this thread, for as long as it lives; JavaScript must not see it.
class FlushDenormals {
 public:
  explicit FlushDenormals(bool wanted) : wanted_(wanted) {
    if (!wanted_) return;
    before_ = mode();
    setMode(before_ | kFlush);
  }
  ~FlushDenormals() {
    if (wanted_) setMode(before_);
  }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__x86_64__)
  static constexpr std::uint64_t kFlush = 0x8040; // flush to zero, denormals are zeros
  static std::uint64_t mode() { return _mm_getcsr(); }
  static void setMode(std::uint64_t mode) { _mm_setcsr(static_cast<unsigned>(mode)); }
#elif defined(__aarch64__)
  static constexpr std::uint64_t kFlush = std::uint64_t{1} << 24;
  static std::uint64_t mode() {
    std::uint64_t mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void setMode(std::uint64_t mode) { asm volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
#else
  static constexpr std::uint64_t kFlush = 0;
  static std::uint64_t mode() { return 0; }
  static void setMode(std::uint64_t) {}
#endif
  const bool wanted_;
  std::uint64_t before_ = 0;
};

} // namespace
} // namespace thinnet
