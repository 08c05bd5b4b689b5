// Self-test of windows of images: unfold, fold and maxPool against plain loops over every element of every window.
#include "check.hpp"

#include <cmath>
#include <limits>

namespace {

using namespace thinnet;
using check::Exact;
using check::Guarded;
using check::kCode;

struct Axis {
  Size size, kernel, stride, dilation, pad;
  Size out() const { return (size + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1; }
  Size at(Size o, Size k) const { return o * stride - pad + k * dilation; }
  bool has(Size o, Size k) const { return at(o, k) >= 0 && at(o, k) < size; }
};
struct Shape {
  Size n, c;
  Axis rows, columns;
};

const Shape kShapes[] = {
    {1, 1, {1, 1, 1, 1, 0}, {1, 1, 1, 1, 0}},   {2, 3, {5, 3, 1, 1, 1}, {6, 3, 1, 1, 1}},  {1, 2, {7, 3, 2, 1, 0}, {8, 2, 3, 1, 1}},
    {2, 1, {9, 3, 1, 2, 2}, {11, 2, 2, 3, 2}},  {1, 1, {2, 3, 1, 1, 2}, {3, 5, 1, 1, 4}},  {3, 2, {1, 1, 1, 1, 0}, {17, 4, 1, 1, 3}},
    {2, 2, {28, 5, 1, 1, 2}, {28, 5, 1, 1, 2}}, {0, 2, {4, 2, 1, 1, 0}, {4, 2, 1, 1, 0}},  {4, 8, {56, 3, 1, 1, 1}, {57, 3, 2, 1, 1}},
    {1, 3, {4, 4, 4, 1, 3}, {4, 4, 7, 1, 3}},   {2, 1, {3, 2, 5, 1, 1}, {3, 2, 5, 1, 1}},
};

template <class T> void windows(const Shape& s) {
  const Size outH = s.rows.out(), outW = s.columns.out();
  std::int32_t desc[] = {
      static_cast<std::int32_t>(s.n), static_cast<std::int32_t>(s.c), static_cast<std::int32_t>(s.rows.size), static_cast<std::int32_t>(s.columns.size),
      static_cast<std::int32_t>(outH), static_cast<std::int32_t>(outW), static_cast<std::int32_t>(s.rows.kernel), static_cast<std::int32_t>(s.columns.kernel),
      static_cast<std::int32_t>(s.rows.stride), static_cast<std::int32_t>(s.columns.stride), static_cast<std::int32_t>(s.rows.dilation), static_cast<std::int32_t>(s.columns.dilation),
      static_cast<std::int32_t>(s.rows.pad), static_cast<std::int32_t>(s.columns.pad)};
  const Size image = s.n * s.c * s.rows.size * s.columns.size, kernel = s.rows.kernel * s.columns.kernel, places = outH * outW;
  const Size cells = s.c * kernel * s.n * places, outputs = s.n * s.c * places;
  Exact<T> x(image), columns(cells);
  x.fillUniform();
  columns.fillUniform();
  if (image > 5) x[5] = std::numeric_limits<T>::quiet_NaN();
  std::vector<T> unfolded(cells), folded(image, T(0)), largest(outputs);
  std::vector<std::int32_t> where(outputs, -1);
  for (Size c = 0; c < s.c; ++c) {
    for (Size i = 0; i < s.rows.kernel; ++i) {
      for (Size j = 0; j < s.columns.kernel; ++j) {
        for (Size n = 0; n < s.n; ++n) {
          for (Size o = 0; o < outH; ++o) {
            for (Size p = 0; p < outW; ++p) {
              const Size cell = (((c * s.rows.kernel + i) * s.columns.kernel + j) * s.n + n) * places + o * outW + p;
              const bool inside = s.rows.has(o, i) && s.columns.has(p, j);
              const Size plane = s.rows.at(o, i) * s.columns.size + s.columns.at(p, j);
              const Size at = (n * s.c + c) * s.rows.size * s.columns.size + plane;
              unfolded[cell] = inside ? x[at] : T(0);
              if (!inside) continue;
              folded[at] += columns[cell];
              const Size output = (n * s.c + c) * places + o * outW + p;
              const bool better = where[output] < 0 || x[at] > largest[output] || (std::isnan(x[at]) && !std::isnan(largest[output]));
              if (better) largest[output] = x[at], where[output] = static_cast<std::int32_t>(plane);
            }
          }
        }
      }
    }
  }
  bool each = true;
  for (const auto place : where) each = each && place >= 0;
  for (int threads = 1; threads <= 3; ++threads) {
    setThreadCount(threads);
    Guarded<T> toColumns(cells), toImage(image), toLargest(outputs);
    Guarded<std::int32_t> toPlaces(outputs);
    kernels::unfold(sizeof(T), toColumns.data, x.data, desc);
    kernels::fold(kCode<T>, toImage.data, columns.data, desc);
    if (each) kernels::maxPool(kCode<T>, toLargest.data, toPlaces.data, x.data, desc);
    CHECK(toColumns.intact() && toImage.intact() && toLargest.intact() && toPlaces.intact(), "writes outside");
    for (Size i = 0; i < cells; ++i) CHECK(toColumns[i] == unfolded[i] || (std::isnan(toColumns[i]) && std::isnan(unfolded[i])), "unfold %zd, %d threads", i, threads);
    for (Size i = 0; i < image; ++i) CHECK(toImage[i] == folded[i], "fold %zd, %d threads: %g, expected %g", i, threads, static_cast<double>(toImage[i]), static_cast<double>(folded[i]));
    for (Size i = 0; each && i < outputs; ++i) {
      CHECK(toPlaces[i] == where[i], "maxPool %zd, %d threads: place %d, expected %d", i, threads, toPlaces[i], where[i]);
      CHECK(toLargest[i] == largest[i] || std::isnan(largest[i]), "maxPool %zd", i);
    }
  }
}

void all() {
  for (const auto& shape : kShapes) {
    windows<float>(shape);
    windows<double>(shape);
  }
}

const check::Test test("convolution", all);

} // namespace
