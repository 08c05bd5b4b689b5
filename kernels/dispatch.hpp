// The dispatch table: one pointer a kernel, filled by each target, chosen once at start.
#pragma once
#include <cstddef>
#include <cstdint>

#define THINNET_CONCAT_(a, b) a##b
#define THINNET_CONCAT(a, b) THINNET_CONCAT_(a, b)

namespace thinnet {
using Ptr = void*;
using Size = std::ptrdiff_t;
using Num = double;

struct KernelTable {
#define KERNEL(name, arguments) void(*name) arguments;
#include "table.def"
#undef KERNEL
};
} // namespace thinnet
