// The thread pool: every task of every round runs exactly once, for more threads than cores, and nested rounds run.
#include "check.hpp"

#include <atomic>

using namespace thinnet;

namespace {

std::atomic<int> hits[64];

void completeRounds(int threads, int rounds) {
  setThreadCount(threads);
  for (int round = 0; round < rounds; ++round) {
    const Size tasks = 1 + round % 40;
    for (auto& hit : hits) hit = 0;
    parallelFor(tasks, [](const void*, Size task, int) { ++hits[task]; }, nullptr);
    for (Size task = 0; task < 64; ++task) {
      CHECK(hits[task] == (task < tasks ? 1 : 0), "%d threads, round %d of %td tasks: task %td ran %d times", threads, round, tasks, task, hits[task].load());
    }
  }
}

void countOne(const void*, Size, int) { ++hits[0]; }

void nestedRounds() {
  hits[0] = 0;
  parallelFor(8, [](const void*, Size, int) { parallelFor(5, countOne, nullptr); }, nullptr);
  CHECK(hits[0] == 40, "nested rounds ran %d of 40 tasks", hits[0].load());
}

void all() {
  for (const int threads : {1, 2, 3, 8, 2, 5}) completeRounds(threads, 20000);
  nestedRounds();
}

const check::Test test("pool", all);

} // namespace
