// The thread pool in WASM: every thread has an instance of the module on the same, shared memory. JavaScript makes them,
// where it can (src/backend/wasm-threads.ts), when `startThreads` asks for them; until they are there, and where there are
// none, the caller runs all tasks.
//
// Only one instance has callers; a parallelFor within another runs on the thread that comes to it.
#include "pool.hpp"
#include "pool_round.hpp"

namespace thinnet {

// Asks for the threads first .. end - 1.
extern "C" __attribute__((import_module("env"), import_name("startThreads"))) void startThreads(int first, int end);

namespace {

constexpr int kIdleSpins = 100000; // some hundred microseconds, the gaps between the kernels of a training step
constexpr int kJoinSpins = 20000;  // for the last tasks of others, which may have lost their processor
constexpr long long kForever = -1;
constexpr long long kShortly = 50000; // nanoseconds

std::atomic<bool> busy{false};
std::atomic<bool> failed{false};
std::atomic<int> parked{0};
std::atomic<int> threads{1};
int started = 1; // threads asked for so far, the caller included
Round round;

// Zero-initialised statics cost address space below the heap, but no byte of the binary.
alignas(64) unsigned char shared[kScratchBytes];
alignas(64) unsigned char callers[kScratchBytes];
void* scratch[kMaxThreads] = {callers};

// Waits until the gate's word is not `now`, at most so many nanoseconds.
void wait(Round::Gate now, long long timeout) {
  auto* word = reinterpret_cast<long long*>(&round.gate());
  __builtin_wasm_memory_atomic_wait64(word, static_cast<long long>(now), timeout);
}

// Waits for a round; a worker that is more than `threads` asks for, until it no longer is.
void park(int thread, Round::Gate seen) {
  for (int wanted; thread >= (wanted = threads.load(std::memory_order_seq_cst));) {
    __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&threads), wanted, kForever);
  }
  parked.fetch_add(1, std::memory_order_seq_cst);
  const Round::Gate now = round.gate().load(std::memory_order_seq_cst);
  if (!Round::opensFor(now, thread, seen)) wait(now, kForever);
  parked.fetch_sub(1, std::memory_order_relaxed);
}

} // namespace

// What a thread's instance runs, forever. `ownScratch` is its buffer of kScratchBytes.
extern "C" __attribute__((export_name("poolWorker"))) void poolWorker(int thread, void* ownScratch) {
  scratch[thread] = ownScratch;
  for (Round::Gate seen = 0;; seen = round.work(thread, seen)) {
    for (int spin = 0; !round.opensFor(thread, seen); ++spin) {
      if (spin >= kIdleSpins) park(thread, seen);
    }
  }
}

// To be called when a task has trapped on a thread: the caller will, too, where it would wait for it forever.
extern "C" __attribute__((export_name("poolFailed"))) void poolFailed() {
  failed.store(true, std::memory_order_relaxed);
  round.leave();
}

void parallelFor(Size tasks, Round::Body body, const void* context) {
  const int wanted = static_cast<int>(tasks < threadCount() ? tasks : threadCount());
  if (wanted > 1 && started < threadCount()) {
    const int first = started;
    started = threadCount();
    startThreads(first, started);
  }
  if (wanted <= 1 || busy.exchange(true, std::memory_order_acquire)) {
    for (Size task = 0; task < tasks; ++task) body(context, task, 0);
    return;
  }
  round.open(tasks, body, context, wanted - 1);
  if (parked.load(std::memory_order_seq_cst) > 0) {
    __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&round.gate()), kMaxThreads);
  }
  round.drain(0);
  round.close();
  Round::Gate now;
  for (int spin = 0; !Round::ended(now = round.gate().load(std::memory_order_acquire)); ++spin) {
    if (spin >= kJoinSpins) wait(now, kShortly);
  }
  busy.store(false, std::memory_order_release);
  if (failed.load(std::memory_order_relaxed)) __builtin_trap();
}

int threadCount() { return threads.load(std::memory_order_relaxed); }

void setThreadCount(int count) {
  threads.store(count < 1 ? 1 : count > kMaxThreads ? kMaxThreads : count, std::memory_order_seq_cst);
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&threads), kMaxThreads);
}
extern "C" __attribute__((export_name("setThreads"))) void setThreads(int count) { setThreadCount(count); }

std::atomic<std::int64_t> multiplications{0};
void countMultiplications(double count) { multiplications.fetch_add(static_cast<std::int64_t>(count), std::memory_order_relaxed); }
double takeCountedMultiplications() { return static_cast<double>(multiplications.exchange(0)); }

void* threadScratch(int thread) { return scratch[thread]; }
void* sharedScratch() { return shared; }

} // namespace thinnet
