// The dispatch table: one pointer a kernel, filled by each target, chosen once at start.
#pragma once
#include "types.hpp"

#define THINNET_CONCAT_(a, b) a##b
#define THINNET_CONCAT(a, b) THINNET_CONCAT_(a, b)

namespace thinnet {
struct KernelTable {
#define KERNEL(name, arguments) void(*name) arguments;
#include "table.def"
#undef KERNEL
};

// The targets of this architecture, best first, unless the compiler's command line chooses.
#if defined(THINNET_TARGETS)
#elif defined(__x86_64__) || defined(_M_X64)
#define THINNET_TARGETS(X) X(avx512) X(avx2) X(baseline)
#elif defined(__aarch64__)
#define THINNET_TARGETS(X) X(neon) X(baseline)
#elif defined(__wasm__)
#define THINNET_TARGETS(X) X(wasm)
#else
#define THINNET_TARGETS(X) X(baseline)
#endif

#define THINNET_DECLARE_TABLE(target) extern const KernelTable THINNET_CONCAT(table_, target);
THINNET_TARGETS(THINNET_DECLARE_TABLE)
#undef THINNET_DECLARE_TABLE
} // namespace thinnet
