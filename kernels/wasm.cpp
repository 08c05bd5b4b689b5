// The WASM module: every kernel exported under its plain name, taking and returning what JavaScript calls numbers.
//
// One translation unit: `export_name` has no effect on a declaration whose definition is elsewhere.
#include "common.hpp"

namespace thinnet::TARGET {
#define KERNEL(name, arguments) __attribute__((export_name(#name))) void name arguments;
#include "table.def"
#undef KERNEL
} // namespace thinnet::TARGET

#include "target.cpp"

#include "pool_single.cpp"
