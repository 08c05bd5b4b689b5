// The thread pool where there are no threads (WASM): tasks run in order on the calling thread.
#include "common.hpp"

namespace thinnet {

void parallelFor(Size tasks, void (*body)(const void* context, Size task, int thread), const void* context) {
  for (Size task = 0; task < tasks; ++task) body(context, task, 0);
}

int threadCount() { return 1; }
void setThreadCount(int) {}

static double multiplications = 0;
void countMultiplications(double count) { multiplications += count; }
double takeCountedMultiplications() {
  const double count = multiplications;
  multiplications = 0;
  return count;
}

// Zero-initialised statics cost address space below the heap, but no byte of the binary.
void* threadScratch(int) {
  alignas(64) static unsigned char scratch[kScratchBytes];
  return scratch;
}

void* sharedScratch() {
  alignas(64) static unsigned char scratch[kScratchBytes];
  return scratch;
}

} // namespace thinnet
