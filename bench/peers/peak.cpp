// What the processor can do at most. Argument: number of threads. Each line of input is answered with one of times, in ms:
//   fma FLOPS SECONDS   FLOPS floating-point operations, all of them fused multiply-adds of the widest vectors, in registers
//   sweep N SECONDS     one pass over N weights and N momenta: both are read and written
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#if defined(__AVX512F__)
constexpr int kBytes = 64;
#elif defined(__AVX__)
constexpr int kBytes = 32;
#else
constexpr int kBytes = 16;
#endif
typedef float Vector __attribute__((vector_size(kBytes)));
constexpr int kLanes = kBytes / sizeof(float);

// Chains of dependent operations, in variables that stay in registers: enough to fill the units, which take four or five cycles.
#define EACH_OF_12(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#if defined(__aarch64__)
#define EACH(X) EACH_OF_12(X) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23)
#define REGISTER "w"
constexpr int kChains = 24;
#else
#define EACH(X) EACH_OF_12(X)
#define REGISTER "v"
constexpr int kChains = 12;
#endif

static double now() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static Vector fma(long rounds, Vector factor) {
#define BEGIN(i) Vector sum##i = {};
#define STEP(i)                    \
  sum##i = sum##i * factor + factor; \
  asm volatile("" : "+" REGISTER(sum##i)); /* one instruction each: neither merged nor dropped */
#define END(i) total += sum##i;
  EACH(BEGIN)
  for (long round = 0; round < rounds; round++) {
    EACH(STEP)
  }
  Vector total = {};
  EACH(END)
  return total;
}

static void sweep(float* weights, float* momenta, long n, float gradient) {
  for (long i = 0; i < n; i++) {
    momenta[i] = 0.9f * momenta[i] + gradient;
    weights[i] -= 0.01f * momenta[i];
  }
}

static volatile float sink;

// The first thread's times of a piece of work that all threads do at once.
template <typename Work>
static std::vector<double> measure(int threads, double seconds, Work work) {
  std::vector<double> times;
  const double end = now() + 1000 * seconds;
  auto body = [&](int thread) {
    while (true) {
      const double start = now();
      if (start >= end) return;
      work(thread);
      if (thread == 0) times.push_back(now() - start);
    }
  };
  std::vector<std::thread> others;
  for (int thread = 1; thread < threads; thread++) others.emplace_back(body, thread);
  body(0);
  for (std::thread& other : others) other.join();
  return times;
}

int main(int, char** arguments) {
  const int threads = std::atoi(arguments[1]);
  char kind[16];
  double size, seconds;
  while (std::scanf("%15s %lf %lf", kind, &size, &seconds) == 3) {
    std::vector<double> times;
    if (kind[0] == 'f') {
      const long rounds = long(size / (2.0 * kChains * kLanes * threads)) + 1;
      times = measure(threads, seconds, [&](int) { sink = fma(rounds, Vector{} + 0.5f)[0]; });
    } else {
      const long n = long(size) / threads;
      std::vector<std::vector<float>> weights(threads), momenta(threads);
      for (int i = 0; i < threads; i++) weights[i].assign(n, 1.0f), momenta[i].assign(n, 1.0f);
      times = measure(threads, seconds, [&](int i) { sweep(weights[i].data(), momenta[i].data(), n, 0.1f); });
    }
    for (double time : times) std::printf("%.6f ", time);
    std::printf("\n");
    std::fflush(stdout);
  }
}
