// The native thread pool: a few threads that wait for one parallelFor at a time.
//
// One pool serves the process, worker_threads included: a second caller while it is busy simply runs its own tasks.
// Threads spin briefly (a training step issues many kernels in a row), then park. They are detached and never joined, so
// that they keep no process alive; the addon is linked with `-z nodelete`, so that their code outlives a worker's unload.
#include "denormals.hpp"
#include "pool.hpp"
#include "pool_round.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>

#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace thinnet {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20; // of most systems; elsewhere just an alignment
constexpr int kIdleSpins = 20000; // about half a millisecond, the gaps between the kernels of a training step
constexpr int kJoinSpins = 4000;  // for the last tasks of others, which may have lost their processor

inline void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

struct Pool {
  std::mutex busy;    // held by the caller whose parallelFor is running
  std::mutex parking; // guards the wake-up
  std::condition_variable wake;
  std::condition_variable wanted; // for workers that are more than `threads` asks for
  std::atomic<int> parked{0};
  int spawned = 0;
  std::atomic<int> threads{1};
  std::atomic<bool> flushDenormals{false};
  Round round;

  void worker(int thread) {
    for (Round::Gate seen = 0;;) {
      for (int spin = 0; !round.opensFor(thread, seen); ++spin) {
        if (spin < kIdleSpins) {
          relax();
          continue;
        }
        std::unique_lock lock(parking);
        wanted.wait(lock, [&] { return thread < threads.load(std::memory_order_relaxed); });
        parked.fetch_add(1, std::memory_order_seq_cst);
        wake.wait(lock, [&] { return round.opensFor(thread, seen) || thread >= threads.load(std::memory_order_relaxed); });
        parked.fetch_sub(1, std::memory_order_relaxed);
      }
      const FlushDenormals mode(flushDenormals.load(std::memory_order_relaxed));
      seen = round.work(thread, seen);
    }
  }

  void run(Size tasks, Round::Body body, const void* context, int helpers) {
    for (; spawned < helpers; ++spawned) std::thread(&Pool::worker, this, spawned + 1).detach();
    round.open(tasks, body, context, helpers);
    if (parked.load(std::memory_order_seq_cst) > 0) {
      std::lock_guard lock(parking);
      wake.notify_all();
    }
    round.drain(0);
    round.close();
    for (int spin = 0; !round.ended(); ++spin) {
      if (spin < kJoinSpins) relax();
      else std::this_thread::yield();
    }
  }
};

Pool& pool() {
  static Pool* instance = new Pool; // never destroyed: its threads may outlive static destructors
  return *instance;
}

thread_local bool insidePool = false;

// Scratch buffers belong to the calling thread's parallelFor: two callers (worker_threads) never share one.
struct Scratch {
  void* buffers[kMaxThreads + 1] = {};
  ~Scratch() {
    for (void* buffer : buffers) std::free(buffer);
  }
  static void* allocate() {
    void* buffer = std::aligned_alloc(kHugePage, static_cast<std::size_t>(kScratchBytes));
#if defined(MADV_HUGEPAGE)
    if (buffer) madvise(buffer, static_cast<std::size_t>(kScratchBytes), MADV_HUGEPAGE);
#endif
    return buffer;
  }
  void* at(int index) {
    if (!buffers[index]) buffers[index] = allocate();
    return buffers[index];
  }
};
thread_local Scratch ownScratch;
thread_local Scratch* callerScratch = nullptr;

} // namespace

int threadCount() { return pool().threads.load(std::memory_order_relaxed); }

bool flushesDenormals() { return pool().flushDenormals.load(std::memory_order_relaxed); }
void setFlushDenormals(bool flush) { pool().flushDenormals.store(flush, std::memory_order_relaxed); }

void setThreadCount(int threads) {
  std::lock_guard lock(pool().parking);
  pool().threads.store(threads < 1 ? 1 : threads > kMaxThreads ? kMaxThreads : threads);
  pool().wanted.notify_all();
}

void parallelFor(Size tasks, Round::Body body, const void* context) {
  if (tasks <= 0) return;
  Pool& shared = pool();
  const int threads = static_cast<int>(tasks < threadCount() ? tasks : threadCount());
  if (threads == 1 || insidePool || !shared.busy.try_lock()) {
    for (Size task = 0; task < tasks; ++task) body(context, task, 0);
    return;
  }
  std::lock_guard lock(shared.busy, std::adopt_lock);
  insidePool = true;
  struct Call {
    Round::Body body;
    const void* context;
    Scratch* scratch;
  } call{body, context, &ownScratch};
  shared.run(
      tasks,
      [](const void* opaque, Size task, int thread) {
        const Call& outer = *static_cast<const Call*>(opaque);
        callerScratch = outer.scratch;
        insidePool = true;
        outer.body(outer.context, task, thread);
      },
      &call, threads - 1);
  insidePool = false;
  callerScratch = nullptr;
}

std::atomic<std::int64_t> multiplications{0};
void countMultiplications(double count) { multiplications.fetch_add(static_cast<std::int64_t>(count), std::memory_order_relaxed); }
double takeCountedMultiplications() { return static_cast<double>(multiplications.exchange(0)); }

void* threadScratch(int thread) { return (callerScratch ? callerScratch : &ownScratch)->at(thread); }
void* sharedScratch() { return (callerScratch ? callerScratch : &ownScratch)->at(kMaxThreads); }

} // namespace thinnet
