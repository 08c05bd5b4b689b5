// The thread pool: every task of every round runs exactly once, for more threads than cores, and nested rounds run.
#include "../common.hpp"
#include <atomic>
#include <cstdio>

using namespace thinnet;

namespace {

std::atomic<int> hits[64];

bool roundsAreComplete(int threads, int rounds) {
  setThreadCount(threads);
  for (int round = 0; round < rounds; ++round) {
    const Size tasks = 1 + round % 40;
    for (auto& hit : hits) hit = 0;
    parallelFor(tasks, [](const void*, Size task, int) { ++hits[task]; }, nullptr);
    for (Size task = 0; task < 64; ++task) {
      if (hits[task] == (task < tasks ? 1 : 0)) continue;
      std::printf("%d threads, round %d of %td tasks: task %td ran %d times\n", threads, round, tasks, task, hits[task].load());
      return false;
    }
  }
  return true;
}

void countOne(const void*, Size, int) { ++hits[0]; }

bool nestedRoundsRun() {
  hits[0] = 0;
  parallelFor(8, [](const void*, Size, int) { parallelFor(5, countOne, nullptr); }, nullptr);
  if (hits[0] == 40) return true;
  std::printf("nested rounds ran %d of 40 tasks\n", hits[0].load());
  return false;
}

} // namespace

int main() {
  bool ok = true;
  const int counts[] = {1, 2, 3, 8};
  for (int threads : counts) ok = roundsAreComplete(threads, 20000) && ok;
  return nestedRoundsRun() && ok ? 0 : 1;
}
