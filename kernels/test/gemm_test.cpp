// Self-test of the matrix product against a plain one in double.
#include "check.hpp"

#include <cmath>
#include <memory>

using namespace thinnet;
using check::Exact;

namespace {

struct Case {
  Size batch = 1, m = 1, n = 1, k = 1;
  bool aTransposed = false, bTransposed = false;
  bool aRows = false, aInner = false, bInner = false, bCols = false; // with index lists
  bool aBroadcast = false, bBroadcast = false;                      // batch stride 0
  int pad = 0;                                                      // of every leading dimension
  double alpha = 1, scale = 1;
  bool accumulate = false, bias = false, relu = false, mask = false;
  Size every = 1; // compare each so many rows only
};

// A list of `count` indices below `bound`, ascending or not, with repetitions.
std::unique_ptr<Exact<std::int32_t>> list(bool wanted, Size count, Size bound) {
  if (!wanted) return nullptr;
  auto indices = std::make_unique<Exact<std::int32_t>>(count);
  for (Size i = 0; i < count; ++i) (*indices)[i] = static_cast<std::int32_t>(check::below(bound));
  return indices;
}

// A matrix of rows x columns with strides, ending with its last element.
struct Layout {
  Size row, column, matrix, total;
  Layout(Size rows, Size columns, bool transposed, int pad, Size batch, bool broadcast) {
    row = transposed ? 1 : columns + pad;
    column = transposed ? rows + pad : 1;
    const Size extent = rows && columns ? (rows - 1) * row + (columns - 1) * column + 1 : 0;
    matrix = broadcast ? 0 : extent + pad;
    total = extent ? (batch - 1) * matrix + extent : 0;
  }
};

// Two rows of numbers multiplied in double: the sum, and the sum of the sizes of its terms.
struct Sum {
  double value = 0, size = 0;
  Sum(const double* x, const double* y, Size count) {
    for (Size p = 0; p < count; ++p) value += x[p] * y[p], size += std::fabs(x[p] * y[p]);
  }
};

template <class T> void run(const Case& x) {
  const Size aRowCount = x.aRows ? x.m + 3 : x.m, aInnerCount = x.aInner ? 2 * x.k + 1 : x.k;
  const Size bInnerCount = x.bInner ? x.k + 5 : x.k, bColCount = x.bCols ? 2 * x.n + 1 : x.n;
  const Layout la(aRowCount, aInnerCount, x.aTransposed, x.pad, x.batch, x.aBroadcast);
  const Layout lb(bInnerCount, bColCount, x.bTransposed, x.pad, x.batch, x.bBroadcast);
  const Size cRow = x.n + x.pad, cMatrix = x.m * cRow + x.pad;
  const Size cTotal = x.m && x.n ? (x.batch - 1) * cMatrix + (x.m - 1) * cRow + x.n : 0;
  Exact<T> a(la.total), b(lb.total), bias(x.n);
  Exact<std::uint8_t> mask((x.batch * x.m * x.n + 7) / 8);
  a.fillUniform();
  b.fillUniform();
  bias.fillUniform();
  for (Size i = 0; i < mask.count; ++i) mask[i] = static_cast<std::uint8_t>(check::random() >> 32);
  const auto aRows = list(x.aRows, x.m, aRowCount), aInner = list(x.aInner, x.k, aInnerCount);
  const auto bInner = list(x.bInner, x.k, bInnerCount), bCols = list(x.bCols, x.n, bColCount);

  // C between guard words; its padding is guarded too, as nothing but (i, j) may change.
  constexpr Size kGuard = 64;
  Exact<T> before(cTotal + 2 * kGuard), c(cTotal + 2 * kGuard), reference(cTotal + 2 * kGuard);
  before.fillUniform();

  for (const int threads : {1, 3}) {
    setThreadCount(threads);
    std::memcpy(c.data, before.data, static_cast<std::size_t>(c.count) * sizeof(T));
    kernels::gemm(sizeof(T) == 8 ? kFloat64 : kFloat32, x.batch, x.m, x.n, x.k, a.data, la.matrix, la.row, la.column, b.data, lb.matrix, lb.row, lb.column,
                 c.data + kGuard, cMatrix, cRow, x.alpha, x.accumulate, aRows ? aRows->data : nullptr, aInner ? aInner->data : nullptr,
                 bInner ? bInner->data : nullptr, bCols ? bCols->data : nullptr, x.bias ? bias.data : nullptr, x.relu, x.mask ? mask.data : nullptr, x.scale);
    if (threads == 1) std::memcpy(reference.data, c.data, static_cast<std::size_t>(c.count) * sizeof(T));
    else CHECK(std::memcmp(reference.data, c.data, static_cast<std::size_t>(c.count) * sizeof(T)) == 0, "%d threads differ from one, %td x %td x %td", threads, x.m, x.k, x.n);
  }

  const double epsilon = sizeof(T) == 8 ? 0x1p-53 : 0x1p-24;
  std::vector<double> row(static_cast<std::size_t>(x.k)), columns(static_cast<std::size_t>(x.k * x.n));
  for (Size t = 0; t < x.batch; ++t) {
    for (Size j = 0; j < x.n; ++j) {
      double* column = columns.data() + j * x.k;
      for (Size p = 0; p < x.k; ++p) column[p] = static_cast<double>(b[t * lb.matrix + (bInner ? (*bInner)[p] : p) * lb.row + (bCols ? (*bCols)[j] : j) * lb.column]);
    }
    for (Size i = 0; i < x.m; ++i) {
      for (Size p = 0; p < x.k; ++p) row[static_cast<std::size_t>(p)] = static_cast<double>(a[t * la.matrix + (aRows ? (*aRows)[i] : i) * la.row + (aInner ? (*aInner)[p] : p) * la.column]);
      for (Size j = 0; j < x.n; ++j) {
        const Size at = kGuard + t * cMatrix + i * cRow + j;
        const double old = static_cast<double>(before[at]);
        before[at] = c[at];
        if (i % x.every != 0) continue;
        const Sum sum(row.data(), columns.data() + j * x.k, x.k);
        double value = x.alpha * sum.value, size = std::fabs(x.alpha) * sum.size;
        if (x.accumulate) value += old, size += 1;
        if (x.bias) value += static_cast<double>(bias[j]), size += 1;
        if (x.relu && value < 0) value = 0;
        const Size bit = (t * x.m + i) * x.n + j;
        value *= x.mask && !(mask[bit / 8] >> (bit % 8) & 1) ? 0 : x.scale;
        const double bound = (static_cast<double>(x.k) + 8) * epsilon * size * std::fabs(x.scale);
        const double got = static_cast<double>(c[at]);
        CHECK(std::fabs(got - value) <= bound, "%s batch %td: %td x %td x %td (%d%d) lists %d%d%d%d at %td,%td,%td: %.9g, not %.9g (bound %.2g)", sizeof(T) == 8 ? "f64" : "f32",
              x.batch, x.m, x.k, x.n, x.aTransposed, x.bTransposed, x.aRows, x.aInner, x.bInner, x.bCols, t, i, j, got, value, bound);
      }
    }
  }
  CHECK(std::memcmp(before.data, c.data, static_cast<std::size_t>(c.count) * sizeof(T)) == 0, "wrote outside C, %td x %td x %td", x.m, x.k, x.n);
}

void run(const Case& x) {
  run<float>(x);
  run<double>(x);
}

void sizes() {
  const Size lanes = check::lanes<float>();
  const Size some[] = {0, 1, 2, 3, 5, lanes - 1, lanes, lanes + 1, 13, 2 * lanes + 1, 53};
  for (const Size m : some) {
    for (const Size n : some) {
      for (const Size k : {Size{0}, Size{1}, Size{7}, lanes + 1, Size{61}}) {
        for (int form = 0; form < 4; ++form) {
          Case x;
          x.m = m, x.n = n, x.k = k, x.aTransposed = form & 1, x.bTransposed = form & 2;
          x.pad = static_cast<int>(check::below(3));
          run(x);
        }
      }
    }
  }
}

// Everything at once, at random; sizes large enough for several panels, blocks of k and tasks.
void options(int count, Size largest) {
  for (int round = 0; round < count; ++round) {
    const auto flip = [] { return check::below(2) == 1; };
    Case x;
    x.m = check::below(largest), x.n = check::below(largest), x.k = check::below(2 * largest), x.batch = check::below(4) ? 1 : 1 + check::below(4);
    x.aTransposed = flip(), x.bTransposed = flip();
    if (flip()) x.aRows = flip(), x.aInner = flip(), x.bInner = flip(), x.bCols = flip();
    x.aBroadcast = flip(), x.bBroadcast = flip(), x.pad = static_cast<int>(check::below(4));
    if (flip()) x.alpha = -1.5, x.scale = 1.25;
    x.accumulate = flip(), x.bias = flip(), x.relu = flip(), x.mask = flip();
    run(x);
  }
}

void shapesOfTraining() {
  struct Shape {
    Size m, k, n;
    bool at, bt;
  };
  for (const Shape s : {Shape{128, 784, 300, false, true}, {130, 300, 784, false, false}, {300, 128, 784, true, false}, {128, 300, 10, false, true},
                        {128, 10, 300, false, false}, {10, 128, 300, true, false}, {1, 1024, 600, false, true}, {1, 1024, 600, true, false}, {600, 1024, 1, false, false}}) {
    Case x;
    x.m = s.m, x.k = s.k, x.n = s.n, x.aTransposed = s.at, x.bTransposed = s.bt;
    run(x);
    x.accumulate = x.relu = x.mask = x.bias = true, x.scale = 2;
    run(x);
  }
  Case many; // a batch of small products
  many.batch = 70, many.m = 9, many.k = 11, many.n = 17, many.mask = true, many.scale = 2;
  run(many);
}

// Operands larger than the scratch for panels: in lanes, and over all of k.
void phases() {
  for (const bool wide : {false, true}) {
    Case x;
    x.m = wide ? 1050 : 520, x.n = wide ? 1045 : 530, x.k = wide ? 512 : 1100, x.every = 97, x.bTransposed = wide;
    x.accumulate = wide, x.bias = true, x.scale = 2, x.alpha = 0.5;
    run<double>(x);
  }
}

// Strides of 0: a row, a column and a single number as whole matrices.
void broadcasts() {
  const Size m = 19, n = 37, k = 23;
  const float one = 1, row[37] = {1, 2, 3};
  float c[19 * 37];
  kernels::gemm(kFloat32, 1, m, n, k, const_cast<float*>(&one), 0, 0, 0, const_cast<float*>(row), 0, 0, 1, c, 0, n, 1, 0, nullptr, nullptr, nullptr, nullptr, nullptr, 0, nullptr, 1);
  for (Size i = 0; i < m * n; ++i) CHECK(c[i] == 23 * row[i % n], "broadcast at %td: %g", i, static_cast<double>(c[i]));
}

void specialValues() {
  const float nan = std::nanf(""), a[2] = {nan, -1}, b = 1;
  float c[2];
  kernels::gemm(kFloat32, 1, 2, 1, 1, const_cast<float*>(a), 0, 1, 1, const_cast<float*>(&b), 0, 1, 1, c, 0, 1, 1, 0, nullptr, nullptr, nullptr, nullptr, nullptr, 1, nullptr, 1);
  CHECK(std::isnan(c[0]) && c[1] == 0, "ReLU of NaN, -1: %g, %g", static_cast<double>(c[0]), static_cast<double>(c[1]));
  const std::uint8_t none = 0;
  kernels::gemm(kFloat32, 1, 2, 1, 1, const_cast<float*>(a), 0, 1, 1, const_cast<float*>(&b), 0, 1, 1, c, 0, 1, 1, 0, nullptr, nullptr, nullptr, nullptr, nullptr, 0, const_cast<std::uint8_t*>(&none), 1);
  CHECK(std::isnan(c[0]) && c[1] == 0 && std::signbit(c[1]), "dropped NaN, -1: %g, %g", static_cast<double>(c[0]), static_cast<double>(c[1]));
}

void all() {
  sizes();
  options(300, 40);
  options(40, 200);
  shapesOfTraining();
  phases();
  broadcasts();
  specialValues();
}

const check::Test test("gemm", all);

} // namespace
