// Included ahead of the kernels when they are compiled for WASM: what is declared here is exported, under its plain name,
// where it is defined. JavaScript calls it with plain numbers. See scripts/build-wasm.mjs.
#pragma once
#include "common.hpp"

namespace thinnet::TARGET {
#define KERNEL(name, arguments) __attribute__((export_name(#name))) void name arguments;
#include "table.def"
#undef KERNEL
} // namespace thinnet::TARGET
