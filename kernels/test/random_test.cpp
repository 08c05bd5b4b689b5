// Self-test of the random kernels: against std::mt19937 and a plain re-implementation of the draw rules, and against
// values that PyTorch 2.15 gave.
#include "../generator_state.hpp"
#include "check.hpp"

#include <cmath>
#include <random>

namespace {

using namespace thinnet;

void expect(bool holds, const char* what, std::ptrdiff_t detail = 0) { CHECK(holds, "%s (%td)", what, detail); }

// PyTorch's generator and rules, one element at a time, on the standard library's engine.
struct Reference {
  std::mt19937 engine;
  bool cached = false;
  double cachedNormal = 0;
  explicit Reference(std::uint32_t seed) : engine(seed) {}

  std::uint32_t w() { return static_cast<std::uint32_t>(engine()); }
  std::uint64_t ww() {
    const std::uint64_t first = w();
    return first << 32 | w();
  }
  double uniformDouble() { return static_cast<double>(ww() & ((1ull << 53) - 1)) / 9007199254740992.0; }
  float uniformFloat() { return static_cast<float>(w() & 0xffffff) / 16777216.0f; }
  double normalOfPair() {
    if (cached) {
      cached = false;
      return cachedNormal;
    }
    const double u1 = uniformDouble(), u2 = uniformDouble();
    const double radius = std::sqrt(-2 * std::log1p(-u2)), theta = 2 * 3.14159265358979323846 * u1;
    cached = true;
    cachedNormal = radius * std::sin(theta);
    return radius * std::cos(theta);
  }

  // The polynomials of the reference, section 3, on the C library's fmaf.
  static float logOf(float u) {
    std::uint32_t bits;
    std::memcpy(&bits, &u, 4);
    float e = static_cast<float>(static_cast<int>(bits >> 23) - 126), m;
    bits = (bits & 0x7fffff) | 0x3f000000;
    std::memcpy(&m, &bits, 4);
    float x = m - 1;
    if (m < 0.707106781186547524f) {
      e -= 1;
      x = x + m;
    }
    const float z = x * x;
    float y = 7.0376836292e-2f;
    for (float c : {-1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f,
                    2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f}) {
      y = std::fma(y, x, c);
    }
    y = y * x;
    y = std::fma(y, z, e * -2.12194440e-4f);
    y = std::fma(z, -0.5f, y);
    return std::fma(e, 0.693359375f, x + y);
  }
  static void normalBlock(float* v, float mean, float std) {
    for (int i = 0; i < 8; ++i) {
      const float radius = std::sqrt(-2.0f * logOf(1.0f - v[i])), theta = 6.28318530717958647692f * v[i + 8];
      int j = static_cast<int>(theta * 1.27323954473516f);
      j = (j + 1) & ~1;
      const float t = static_cast<float>(j);
      float x = std::fma(t, -0.78515625f, theta);
      x = std::fma(t, -2.4187564849853515625e-4f, x);
      x = std::fma(t, -3.77489497744594108e-8f, x);
      const float z = x * x;
      float c = 2.443315711809948e-5f;
      c = std::fma(c, z, -1.388731625493765e-3f);
      c = std::fma(c, z, 4.166664568298827e-2f);
      c = c * z;
      c = std::fma(c, z, -(z * 0.5f)) + 1;
      float s = -1.9515295891e-4f;
      s = std::fma(s, z, 8.3321608736e-3f);
      s = std::fma(s, z, -1.6666654611e-1f);
      s = s * z;
      s = std::fma(s, x, x);
      float sine = j & 2 ? c : s, cosine = j & 2 ? s : c;
      if (j & 4) sine = -sine;
      if (((j - 2) & 4) == 0) cosine = -cosine;
      v[i] = std::fma(radius * cosine, std, mean);
      v[i + 8] = std::fma(radius * sine, std, mean);
    }
  }
  void normalFill(float* out, Size n, float mean, float std) {
    for (Size i = 0; i < n; ++i) out[i] = uniformFloat();
    for (Size i = 0; i + 16 <= n; i += 16) normalBlock(out + i, mean, std);
    if (n % 16 == 0) return;
    for (Size i = n - 16; i < n; ++i) out[i] = uniformFloat();
    normalBlock(out + n - 16, mean, std);
  }
  static void normalBlock(double* v, double mean, double std) {
    for (int i = 0; i < 8; ++i) {
      const double radius = std::sqrt(-2 * std::log(1 - v[i])), theta = 2 * 3.14159265358979323846 * v[i + 8];
      v[i] = std::fma(radius * std::cos(theta), std, mean);
      v[i + 8] = std::fma(radius * std::sin(theta), std, mean);
    }
  }
  void normalFill(double* out, Size n, double mean, double std) {
    for (Size i = 0; i < n; ++i) out[i] = uniformDouble();
    for (Size i = 0; i + 16 <= n; i += 16) normalBlock(out + i, mean, std);
    if (n % 16 == 0) return;
    for (Size i = n - 16; i < n; ++i) out[i] = uniformDouble();
    normalBlock(out + n - 16, mean, std);
  }
};

// n elements between guards, at an address that is a multiple of the element's size only.
template <class T> struct Guarded {
  std::vector<T> all;
  Size n;
  explicit Guarded(Size count) : all(static_cast<std::size_t>(count) + 6, T(77)), n(count) {}
  T* data() { return all.data() + 3; }
  T operator[](Size i) const { return all[static_cast<std::size_t>(i) + 3]; }
  void checkGuards(const char* what) const {
    for (Size i = 0; i < 3; ++i) expect((*this)[-1 - i] == T(77) && (*this)[n + i] == T(77), what, n);
  }
};

// One sequence, drawn by both sides: after `skip` words, so that runs begin anywhere in a block.
struct Pair {
  GeneratorState state;
  Reference reference;
  Pair(std::uint32_t seed, Size skip) : reference(seed) {
    kernels::randomSeed(&state, seed, 0);
    std::vector<std::uint32_t> words(static_cast<std::size_t>(skip) + 1);
    kernels::randomWords(&state, words.data(), skip);
    for (Size i = 0; i < skip; ++i) expect(words[static_cast<std::size_t>(i)] == reference.w(), "randomWords", i);
  }
  // Both sides have drawn the same number of words.
  void checkInStep(const char* what, Size n) {
    std::uint32_t word = 0;
    kernels::randomWords(&state, &word, 1);
    expect(word == reference.w(), what, n);
  }
};

template <class T, class Draw, class Expected>
void compare(const char* what, Size n, Size skip, const Draw& draw, const Expected& expected) {
  Pair pair(static_cast<std::uint32_t>(n * 31 + skip), skip);
  Guarded<T> out(n);
  draw(&pair.state, out.data());
  for (Size i = 0; i < n; ++i) expect(out[i] == expected(pair.reference, i), what, i);
  out.checkGuards(what);
  pair.checkInStep(what, n);
}

void testElementwise(Size n, Size skip) {
  using R = Reference;
  compare<float>(
      "uniform float32", n, skip, [&](Ptr s, Ptr out) { kernels::randomUniform(s, kFloat32, out, n, 0, 1); },
      [](R& r, Size) { return r.uniformFloat(); });
  const float from = -0.037f, to = 0.1203f;
  compare<float>(
      "uniform float32 bounds", n, skip,
      [&](Ptr s, Ptr out) { kernels::randomUniform(s, kFloat32, out, n, from, to); },
      [&](R& r, Size) { return std::fma(r.uniformFloat(), to - from, from); });
  compare<float>(
      "uniform float32 of a width that is a power of two", n, skip,
      [&](Ptr s, Ptr out) { kernels::randomUniform(s, kFloat32, out, n, -0.9f, -0.9f + 2.0f); },
      [](R& r, Size) { return std::fma(r.uniformFloat(), (-0.9f + 2.0f) - -0.9f, -0.9f); });
  compare<double>(
      "uniform float64 of a width that is a power of two", n, skip,
      [&](Ptr s, Ptr out) { kernels::randomUniform(s, kFloat64, out, n, -0.5, 0.5); },
      [](R& r, Size) { return std::fma(r.uniformDouble(), 1.0, -0.5); });
  compare<float>(
      "uniform float32 excludes its upper bound", n, skip,
      [&](Ptr s, Ptr out) { kernels::randomUniform(s, kFloat32, out, n, 1, 1.0000001192092896); },
      [](R& r, Size) { return r.uniformFloat(), 1.0f; });
  compare<double>(
      "uniform float64 bounds", n, skip,
      [&](Ptr s, Ptr out) { kernels::randomUniform(s, kFloat64, out, n, -3.7, 11.1); },
      [](R& r, Size) { return std::fma(r.uniformDouble(), 11.1 + 3.7, -3.7); });
  compare<std::int32_t>(
      "integers", n, skip, [&](Ptr s, Ptr out) { kernels::randomIntegers(s, kInt32, out, n, -5, 17); },
      [](R& r, Size) { return static_cast<std::int32_t>(r.w() % 17) - 5; });
  compare<double>(
      "integers of a wide range", n, skip,
      [&](Ptr s, Ptr out) { kernels::randomIntegers(s, kFloat64, out, n, -7, 1ull << 40); },
      [](R& r, Size) { return static_cast<double>(r.ww() % (1ull << 40)) - 7; });
  compare<std::uint8_t>(
      "integers of one byte", n, skip, [&](Ptr s, Ptr out) { kernels::randomIntegers(s, kUint8, out, n, 3, 200); },
      [](R& r, Size) { return static_cast<std::uint8_t>(r.w() % 200 + 3); });
  compare<float>(
      "any float32", n, skip, [&](Ptr s, Ptr out) { kernels::randomAny(s, kFloat32, out, n); },
      [](R& r, Size) { return static_cast<float>(r.w() % 16777217); });
  compare<double>(
      "any float64", n, skip, [&](Ptr s, Ptr out) { kernels::randomAny(s, kFloat64, out, n); },
      [](R& r, Size) { return static_cast<double>(r.ww() % 9007199254740993); });
  compare<std::int32_t>(
      "any int32", n, skip, [&](Ptr s, Ptr out) { kernels::randomAny(s, kInt32, out, n); },
      [](R& r, Size) { return static_cast<std::int32_t>(r.w() & 0x7fffffff); });
  compare<std::uint8_t>(
      "any bool", n, skip, [&](Ptr s, Ptr out) { kernels::randomAny(s, kBool, out, n); },
      [](R& r, Size) { return static_cast<std::uint8_t>(r.w() & 1); });
  compare<double>(
      "exponential", n, skip, [&](Ptr s, Ptr out) { kernels::randomExponential(s, kFloat64, out, n, 2.5); },
      [](R& r, Size) { return -1 / 2.5 * std::log1p(-r.uniformDouble()); });

  std::vector<float> p32;
  std::vector<double> p64;
  for (Size i = 0; i < n; ++i) {
    p64.push_back(static_cast<double>(i % 11) / 10);
    p32.push_back(static_cast<float>(p64.back()));
  }
  compare<std::uint8_t>(
      "bernoulli of float32", n, skip,
      [&](Ptr s, Ptr out) { kernels::randomBernoulliOf(s, kFloat32, p32.data(), kBool, out, n); },
      [&](R& r, Size i) { return r.uniformFloat() < p32[static_cast<std::size_t>(i)]; });
  compare<float>(
      "bernoulli of float64", n, skip,
      [&](Ptr s, Ptr out) { kernels::randomBernoulliOf(s, kFloat64, p64.data(), kFloat32, out, n); },
      [&](R& r, Size i) { return r.uniformDouble() < p64[static_cast<std::size_t>(i)]; });
}

void testBernoulli(Size n, Size skip, double p) {
  compare<float>(
      "bernoulli", n, skip, [&](Ptr s, Ptr out) { kernels::randomBernoulli(s, kFloat32, out, n, p); },
      [&](Reference& r, Size) { return r.uniformDouble() < p; });
  Pair pair(9, skip);
  Guarded<std::uint8_t> bits((n + 7) / 8);
  kernels::randomMask(&pair.state, bits.data(), n, p);
  for (Size i = 0; i < bits.n * 8; ++i) {
    const bool kept = bits[i >> 3] >> (i & 7) & 1;
    expect(kept == (i < n && pair.reference.uniformDouble() < p), "mask", i);
  }
  bits.checkGuards("mask");
  pair.checkInStep("mask", n);
}

// The threshold's low word decides only one time in two million: put it to the test with p next to a uniform that is drawn.
void testUndecided() {
  for (Size at : {0, 1, 63, 64, 1000}) {
    Reference reference(5);
    double u = 0;
    for (Size i = 0; i <= at; ++i) u = reference.uniformDouble();
    for (const double p : {u, std::nextafter(u, 1.0), u + 0x1p-53, u - 0x1p-53}) testBernoulli(at + 1, 0, p);
    GeneratorState state;
    std::vector<std::uint8_t> bits(200);
    kernels::randomSeed(&state, 5, 0);
    kernels::randomMask(&state, bits.data(), at + 1, u);
    expect(!(bits[static_cast<std::size_t>(at >> 3)] >> (at & 7) & 1), "u < u is false", at);
    kernels::randomSeed(&state, 5, 0);
    kernels::randomMask(&state, bits.data(), at + 1, u + 0x1p-53);
    expect(bits[static_cast<std::size_t>(at >> 3)] >> (at & 7) & 1, "u < u + 2^-53", at);
  }
}

template <class T> void testNormal(Size dtype, Size n, Size skip) {
  Pair pair(static_cast<std::uint32_t>(n), skip);
  Guarded<T> out(n);
  std::vector<T> expected(static_cast<std::size_t>(n));
  const auto checkSame = [&](const char* what) {
    for (Size i = 0; i < n; ++i) expect(out[i] == expected[static_cast<std::size_t>(i)], what, i);
    out.checkGuards(what);
  };
  // Three calls, so that the cached normal crosses from one to the next; `contiguous` changes nothing below 16. Means and
  // deviations for which one operation is exact, and for which none is.
  const double means[] = {0.3, 1, 0}, deviations[] = {1.7, 2, 0.02};
  for (int call = 0; call < 9; ++call) {
    const bool contiguous = call % 3 == 1;
    const double mean = means[call / 3], deviation = deviations[call / 3];
    kernels::randomNormal(&pair.state, dtype, out.data(), n, mean, deviation, contiguous);
    if (contiguous && n >= 16) pair.reference.normalFill(expected.data(), n, T(mean), T(deviation));
    else
      for (T& value : expected) value = static_cast<T>(std::fma(pair.reference.normalOfPair(), deviation, mean));
    checkSame("normal");
  }
  pair.checkInStep("normal", n);
}

void testPermutation(Size n, Size skip) {
  Pair pair(3, skip);
  Guarded<std::int32_t> out(n);
  kernels::randomPermutation(&pair.state, out.data(), n);
  std::vector<std::int32_t> expected;
  for (Size i = 0; i < n; ++i) expected.push_back(static_cast<std::int32_t>(i));
  for (Size i = 0; i + 1 < n; ++i) {
    std::swap(expected[static_cast<std::size_t>(i)], expected[static_cast<std::size_t>(i + pair.reference.w() % (n - i))]);
  }
  for (Size i = 0; i < n; ++i) expect(out[i] == expected[static_cast<std::size_t>(i)], "permutation", i);
  out.checkGuards("permutation");
  pair.checkInStep("permutation", n);
}

void testKnownValues() {
  GeneratorState state;
  kernels::randomSeed(&state, 0, 0);
  expect(state.position == kFreshPosition && state.hasNormal == 0, "a fresh state");
  std::uint32_t words[3];
  kernels::randomWords(&state, words, 3);
  expect(words[0] == 2357136044u && words[1] == 2546248239u && words[2] == 3071714933u, "the words of seed 0");

  kernels::randomSeed(&state, 0, 0);
  std::uint8_t bits[6];
  kernels::randomMask(&state, bits, 48, 0.5);
  const char* mask = "001000110111101111001010100001001110010111010101";
  for (int i = 0; i < 48; ++i) expect((bits[i >> 3] >> (i & 7) & 1) == mask[i] - '0', "the mask of seed 0, p = 0.5", i);

  kernels::randomSeed(&state, 0, 0);
  float normals[3];
  kernels::randomNormal(&state, kFloat32, normals, 3, 0, 1, 1);
  expect(normals[0] == 1.5409960746765137f && normals[1] == -0.293428897857666f, "randn(3) of seed 0");
  expect(state.hasNormal == 1 && state.position == 8, "three normals take eight words and leave one");
}

// The word of the engine's block that is drawn as `w`: the tempering undone, step by step.
std::uint32_t untempered(std::uint32_t w) {
  w ^= w >> 18;
  w ^= w << 15 & 0xefc60000u;
  std::uint32_t left = w;
  for (int i = 0; i < 4; ++i) left = w ^ (left << 7 & 0x9d2c5680u);
  std::uint32_t right = left;
  for (int i = 0; i < 2; ++i) right = left ^ right >> 11;
  return right;
}

// Normals of every uniform float that there is, as radius and as angle: targets without a fused multiply-add take other
// ways there (exact.inl.hpp). All are tried where that is so; elsewhere, and on WASM, whose C library has a slow fma, a part.
void testAllUniforms() {
#if defined(__wasm__) || defined(__aarch64__)
  constexpr bool every = false;
#else
  const bool every = check::vectorBytes == 16;
#endif
  const std::uint32_t stride = every ? 1 : 61;
  constexpr Size kDrawn = 608, kHalf = kDrawn / 2;
  GeneratorState state;
  std::vector<float> out(kDrawn), expected(kDrawn);
  for (std::uint32_t first = 0; first < 1u << 24; first += kHalf * stride) {
    kernels::randomSeed(&state, 0, 0);
    state.position = kBlockWords - kDrawn;
    for (Size i = 0; i < kDrawn; ++i) {
      const std::uint32_t word = (first + static_cast<std::uint32_t>(i / 16 * 8 + i % 8) * stride) & 0xffffff;
      state.words[kBlockWords - kDrawn + i] = untempered(word);
      expected[static_cast<std::size_t>(i)] = static_cast<float>(word) / 16777216.0f;
    }
    for (Size i = 0; i < kDrawn; i += 16) Reference::normalBlock(expected.data() + i, 0, 1);
    kernels::randomNormal(&state, kFloat32, out.data(), kDrawn, 0, 1, 1);
    for (Size i = 0; i < kDrawn; ++i) expect(out[static_cast<std::size_t>(i)] == expected[static_cast<std::size_t>(i)], "a normal near the uniform", first + i);
  }
}

void all() {
  testKnownValues();
  testAllUniforms();
  testUndecided();
  for (const Size n : {0, 1, 2, 3, 7, 8, 15, 16, 17, 20, 31, 32, 33, 47, 63, 64, 65, 128, 311, 312, 313, 624, 1000, 1999, 5003}) {
    for (const Size skip : {0, 1, 5, 617, 623, 624, 625, 1300}) {
      testElementwise(n, skip);
      for (const double p : {0.0, 1e-8, 0.1, 0.3, 0.5, 0.9, 1.0 - 1e-16, 1.0}) testBernoulli(n, skip, p);
      testNormal<float>(kFloat32, n, skip);
      testNormal<double>(kFloat64, n, skip);
      testPermutation(n, skip);
    }
  }
}

const check::Test test("random", all);

} // namespace
