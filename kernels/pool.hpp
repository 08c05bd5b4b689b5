// The thread pool's face towards kernels. Native: pool.cpp. WASM: pool_wasm.cpp.
#pragma once
#include "types.hpp"

namespace thinnet {

// Calls body(context, task, thread) once for each task in [0, tasks) and returns when all are done. Tasks are handed out
// dynamically, so what a task computes must not depend on who runs it, and results not on how many do. thread is in
// [0, threadCount()). A parallelFor within a task runs on that task's thread, and must not ask for scratch.
void parallelFor(Size tasks, void (*body)(const void* context, Size task, int thread), const void* context);

// Threads a parallelFor may use, the caller included.
int threadCount();
void setThreadCount(int threads);

// Whether kernels take numbers below the smallest normal one for 0 (denormals.hpp); off at first.
bool flushesDenormals();
void setFlushDenormals(bool flush);

// A buffer of kScratchBytes for the given thread of the running parallelFor (0 outside one), aligned to 64 bytes, never
// zeroed, valid until that thread's next use of it. Kernels allocate nothing themselves.
#if defined(__wasm__)
constexpr Size kScratchBytes = Size{2} << 20;
#else
constexpr Size kScratchBytes = Size{8} << 20;
#endif
void* threadScratch(int thread);

// One buffer more, shared by all threads of a parallelFor (for an operand that all of them read).
void* sharedScratch();

// How many multiplications products have done: kernels count them, so that a test sees what went dense in silence.
void countMultiplications(double count);
// The count since the last call.
double takeCountedMultiplications();

} // namespace thinnet
