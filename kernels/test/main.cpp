// Runs one file of kernel self-tests on one target: test TARGET NAME.
#include "../dispatch.hpp"
#include "check.hpp"

#if defined(__wasm__)
// The modules that are shipped have no table, but export each kernel.
#include "../wasm_exports.hpp"
namespace thinnet {
const KernelTable table_wasm = {
#define KERNEL(name, arguments) &wasm::name,
#include "../table.def"
#undef KERNEL
};
} // namespace thinnet
#endif

namespace {

bool choose(const char* wanted) {
  const thinnet::KernelTable* table = nullptr;
#define CHOOSE(target) \
  if (std::strcmp(wanted, #target) == 0) table = &thinnet::THINNET_CONCAT(table_, target);
  THINNET_TARGETS(CHOOSE)
#undef CHOOSE
  if (!table) return false;
#define KERNEL(name, arguments) kernels::name = table->name;
#include "../table.def"
#undef KERNEL
  check::vectorBytes = std::strcmp(wanted, "avx512") == 0 ? 64 : std::strcmp(wanted, "avx2") == 0 ? 32 : 16;
  return true;
}

} // namespace

int main(int count, char** arguments) {
  if (count != 3 || !choose(arguments[1])) return std::printf("usage: test TARGET NAME\n"), 2;
  for (const check::Test* test = check::Test::first; test; test = test->next) {
    if (std::strcmp(test->name, arguments[2]) != 0) continue;
    thinnet::setThreadCount(1);
    test->body();
    if (check::failures) std::printf("%s: %d failures\n", test->name, check::failures);
    return check::failures != 0;
  }
  return std::printf("no test %s\n", arguments[2]), 2;
}
