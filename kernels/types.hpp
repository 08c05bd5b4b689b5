// What callers of kernels and kernels themselves agree on, the same for every target: argument kinds, data types, sizes.
#pragma once
#include <cstddef>
#include <cstdint>

namespace thinnet {

// The three kinds of kernel argument. In WASM all of them reach JavaScript as plain numbers.
using Ptr = void*;           // an address in the backend's address space; 0 where an optional operand is absent
using Size = std::ptrdiff_t; // a size, stride (in elements), index, enumerator or flag
using Num = double;          // a scalar operand

// The codes of `src/tensor/dtype.ts`. bool is one byte, 0 or 1.
enum DType : Size { kFloat32 = 0, kFloat64 = 1, kInt32 = 2, kUint8 = 3, kBool = 4 };

// Elements per task of an element-wise kernel: enough to be worth a wake-up, and the same for any number of threads.
constexpr Size kGrain = 32768;

} // namespace thinnet
