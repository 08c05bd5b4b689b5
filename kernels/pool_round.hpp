// What both thread pools (pool.cpp, pool_wasm.cpp) are made of: one parallelFor that threads join while it runs.
#pragma once
#include "types.hpp"

#include <atomic>

namespace thinnet {

constexpr int kMaxThreads = 64;

// One parallelFor after the other. One word says which round runs, whether it may still be joined, by which workers, and
// how many have joined it. A worker that wakes up late finds the round closed and goes back to waiting: on a busy machine
// nobody waits for it.
class Round {
 public:
  using Body = void (*)(const void* context, Size task, int thread);
  using Gate = std::uint64_t;

  // Begins a round that the workers 1 .. helpers may join. Call it only after the last one has ended.
  void open(Size tasks, Body body, const void* context, int helpers) {
    body_ = body;
    context_ = context;
    tasks_ = tasks;
    next_.store(0, std::memory_order_relaxed);
    const Gate round = gate_.load(std::memory_order_relaxed) / kRound + 1;
    gate_.store(round * kRound + kOpen + static_cast<Gate>(helpers) * kHelper, std::memory_order_seq_cst);
  }

  // Runs tasks until none is left to begin.
  void drain(int thread) {
    for (Size task; (task = next_.fetch_add(1, std::memory_order_relaxed)) < tasks_;) body_(context_, task, thread);
  }

  // From now on nobody joins.
  void close() { gate_.fetch_and(~kOpen, std::memory_order_acq_rel); }

  // True when all who joined have left.
  bool ended() const { return ended(gate_.load(std::memory_order_acquire)); }
  static bool ended(Gate gate) { return (gate & kJoined) == 0; }

  // True if a round is open for a worker and is not `seen`, the number of the last one that it knows.
  bool opensFor(int thread, Gate seen) const { return opensFor(gate_.load(std::memory_order_seq_cst), thread, seen); }
  static bool opensFor(Gate gate, int thread, Gate seen) {
    return (gate & kOpen) && gate / kRound != seen && thread <= static_cast<int>(gate / kHelper % kMaxHelpers);
  }

  // A worker's turn: joins the round that is open for it, runs tasks and leaves. Returns the round's number, or `seen` if
  // it closed meanwhile.
  Gate work(int thread, Gate seen) {
    for (Gate now = gate_.load(std::memory_order_acquire); opensFor(now, thread, seen);) {
      if (!gate_.compare_exchange_weak(now, now + 1, std::memory_order_acq_rel)) continue;
      drain(thread);
      leave();
      return now / kRound;
    }
    return seen;
  }

  // Ends the turn of a worker that joined; `work` does.
  void leave() { gate_.fetch_sub(1, std::memory_order_release); }

  // The word, for those who wait until it changes.
  std::atomic<Gate>& gate() { return gate_; }

 private:
  static constexpr Gate kJoined = (Gate{1} << 16) - 1;
  static constexpr Gate kHelper = Gate{1} << 16;
  static constexpr Gate kMaxHelpers = Gate{1} << 8;
  static constexpr Gate kOpen = Gate{1} << 31;
  static constexpr Gate kRound = Gate{1} << 32;
  static_assert(kMaxThreads <= kMaxHelpers);

  // Written while the gate is closed and nobody inside, read by those who joined.
  Body body_ = nullptr;
  const void* context_ = nullptr;
  Size tasks_ = 0;
  alignas(64) std::atomic<Size> next_{0};
  alignas(64) std::atomic<Gate> gate_{0};
};

} // namespace thinnet
