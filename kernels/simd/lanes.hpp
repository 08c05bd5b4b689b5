// THINNET_LANES(a, b, i, j, …): the lanes i, j, … of two vectors of 32-bit elements, those of b counted on behind a's.
#pragma once
#include "../common.hpp"

#if defined(__clang__) || __GNUC__ >= 12
#define THINNET_LANES(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define THINNET_LANES(a, b, ...) __builtin_shuffle(a, b, Vec<std::int32_t>{__VA_ARGS__})
#endif
