// Compiles every kernel for one target (-DTARGET=..., with that target's instruction-set flags) and lists them in its table.
#include "common.hpp"

#include "broadcast.inl.hpp"
#include "convolution.inl.hpp"
#include "copy.inl.hpp"
#include "dropout.inl.hpp"
#include "elementwise.inl.hpp"
#include "gemm.inl.hpp"
#include "index.inl.hpp"
#include "loss.inl.hpp"
#include "optimizer.inl.hpp"
#include "random.inl.hpp"
#include "reduce.inl.hpp"
#include "softmax.inl.hpp"
#include "thinned.inl.hpp"

#include "dispatch.hpp"

namespace thinnet {
const KernelTable THINNET_CONCAT(table_, TARGET) = {
#define KERNEL(name, arguments) &TARGET::name,
#include "table.def"
#undef KERNEL
};
} // namespace thinnet
