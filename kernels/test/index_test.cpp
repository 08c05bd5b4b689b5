// Self-test of indexing and of dropout masks, against plain loops.
#include "check.hpp"

#include <cmath>
#include <limits>

namespace {

using namespace thinnet;
using check::Exact;
using check::Guarded;
using check::kCode;
using check::sameBits;

template <class T> void numbers(T* x, Size n) {
  for (Size i = 0; i < n; ++i) x[i] = static_cast<T>(std::numeric_limits<T>::is_integer ? check::below(200) : check::uniform());
}

struct Shape {
  Size outer, count, size, inner;
};
const Shape kShapes[] = {{1, 1, 1, 1}, {1, 0, 3, 2}, {1, 5, 3, 1}, {3, 7, 4, 5}, {1, 100, 10, 64}, {1, 300, 50, 130}, {2, 40, 7, 1027}, {500, 3, 90, 1}, {4, 900, 20, 33}};

template <class T> void indexing(const Shape& s) {
  std::vector<std::int32_t> index(s.count), cells(s.outer * s.count * s.inner);
  for (auto& i : index) i = static_cast<std::int32_t>(check::below(2 * s.size) - s.size);
  for (auto& i : cells) i = static_cast<std::int32_t>(check::below(2 * s.size) - s.size);
  const auto wrapped = [&](std::int32_t i) { return i < 0 ? i + s.size : i; };
  Exact<T> x(s.outer * s.size * s.inner), src(s.outer * s.count * s.inner);
  numbers(x.data, x.count);
  numbers(src.data, src.count);
  std::vector<T> selected(src.count), gathered(src.count), added(x.data, x.data + x.count), scatterAdded = added, scattered = added;
  for (Size o = 0; o < s.outer; ++o) {
    for (Size j = 0; j < s.count; ++j) {
      for (Size i = 0; i < s.inner; ++i) {
        const Size at = (o * s.count + j) * s.inner + i;
        const Size byRow = (o * s.size + wrapped(index[j])) * s.inner + i, byCell = (o * s.size + wrapped(cells[at])) * s.inner + i;
        selected[at] = x[byRow];
        gathered[at] = x[byCell];
        added[byRow] = static_cast<T>(added[byRow] + src[at]);
        scatterAdded[byCell] = static_cast<T>(scatterAdded[byCell] + src[at]);
        scattered[byCell] = src[at];
      }
    }
  }
  for (int threads = 1; threads <= 3; ++threads) {
    setThreadCount(threads);
    const auto checked = [&](const char* name, const std::vector<T>& wanted, const T* start, auto run) {
      Guarded<T> out(static_cast<Size>(wanted.size()));
      if (start) std::memcpy(out.data, start, wanted.size() * sizeof(T));
      run(out.data);
      CHECK(out.intact(), "%s writes outside", name);
      CHECK(sameBits(out.data, wanted.data(), out.count), "%s [%td, %td of %td, %td], %d threads", name, s.outer, s.count, s.size, s.inner, threads);
    };
    checked("indexSelect", selected, nullptr, [&](T* out) { kernels::indexSelect(sizeof(T), out, x.data, index.data(), s.outer, s.count, s.size, s.inner); });
    checked("gather", gathered, nullptr, [&](T* out) { kernels::gather(sizeof(T), out, x.data, cells.data(), s.outer, s.count, s.size, s.inner); });
    checked("indexAdd", added, x.data, [&](T* out) { kernels::indexAdd(kCode<T>, out, src.data, index.data(), s.outer, s.count, s.size, s.inner); });
    checked("scatterAdd", scatterAdded, x.data, [&](T* out) { kernels::scatterAdd(kCode<T>, out, src.data, cells.data(), s.outer, s.count, s.size, s.inner); });
    checked("scatter", scattered, x.data, [&](T* out) { kernels::scatter(sizeof(T), out, src.data, cells.data(), s.outer, s.count, s.size, s.inner); });
  }
  setThreadCount(1);
}

void checks() {
  std::int32_t indices[] = {0, 4, -5, 5, -6}, result;
  kernels::checkIndices(indices, 3, 5, &result);
  CHECK(result == -1, "checkIndices finds %d", result);
  kernels::checkIndices(indices, 5, 5, &result);
  CHECK(result == 3, "checkIndices finds %d", result);
  std::swap(indices[3], indices[4]);
  kernels::checkIndices(indices, 5, 5, &result);
  CHECK(result == 3, "checkIndices finds %d", result);
  kernels::checkIndices(indices, 0, 5, &result);
  CHECK(result == -1, "checkIndices of nothing");
}

void positions() {
  for (const Size n : {0, 1, 37, 1000}) {
    Exact<std::uint8_t> mask(n);
    std::vector<std::int32_t> wanted;
    for (Size i = 0; i < n; ++i) {
      mask[i] = check::below(3) == 0;
      if (mask[i]) wanted.push_back(static_cast<std::int32_t>(i));
    }
    Exact<std::int32_t> out(n);
    std::int32_t count;
    kernels::nonzero(out.data, &count, mask.data, n);
    CHECK(count == static_cast<std::int32_t>(wanted.size()) && sameBits(out.data, wanted.data(), count), "nonzero of %td", n);
  }
}

template <class T> void masks() {
  const T scale = T(1) / (T(1) - T(0.3));
  for (const Size n : {0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 64, 1031, 100003}) {
    Exact<std::uint8_t> mask((n + 7) / 8);
    for (Size i = 0; i < mask.count; ++i) mask[i] = static_cast<std::uint8_t>(check::random());
    const auto kept = [&](Size i) { return mask[i / 8] >> (i % 8) & 1; };
    Exact<T> x(n);
    numbers(x.data, n);
    for (Size i = 0; i < n; i += 5) x[i] = static_cast<T>(i % 2 ? -0.0 : i % 3 ? INFINITY : NAN);
    std::vector<T> wanted(n);
    for (Size i = 0; i < n; ++i) wanted[i] = x[i] * (kept(i) ? scale : T(0));
    const auto same = [&](const T* got) {
      for (Size i = 0; i < n; ++i) {
        if (!(got[i] != got[i] && wanted[i] != wanted[i]) && std::memcmp(got + i, &wanted[i], sizeof(T)) != 0) return false;
      }
      return true;
    };
    for (int threads = 1; threads <= 2; ++threads) {
      setThreadCount(threads);
      Guarded<T> out(n);
      kernels::applyMask(kCode<T>, out.data, x.data, mask.data, n, static_cast<double>(scale));
      CHECK(out.intact() && same(out.data), "applyMask of %td", n);
    }
    setThreadCount(1);
    for (const Size inner : {1, 3, 64}) {
      Exact<T> channels(n * inner);
      numbers(channels.data, channels.count);
      Guarded<T> out(n * inner);
      kernels::applyChannelMask(kCode<T>, out.data, channels.data, mask.data, n, inner, 2);
      bool right = out.intact();
      for (Size i = 0; i < n * inner; ++i) right &= out[i] == channels[i] * (kept(i / inner) ? T(2) : T(0));
      CHECK(right, "applyChannelMask of %td × %td", n, inner);
    }
    kernels::applyMask(kCode<T>, x.data, x.data, mask.data, n, static_cast<double>(scale));
    CHECK(same(x.data), "applyMask in place");

    Guarded<std::uint8_t> bools(n), packed((n + 7) / 8);
    kernels::expandMask(bools.data, mask.data, n);
    kernels::packMask(packed.data, bools.data, n);
    bool right = bools.intact() && packed.intact();
    for (Size i = 0; i < n; ++i) right &= bools[i] == kept(i) && (packed[i / 8] >> (i % 8) & 1) == kept(i);
    if (n % 8) right &= packed[n / 8] >> (n % 8) == 0;
    CHECK(right, "expandMask and packMask of %td", n);
  }
}

void all() {
  for (const Shape& shape : kShapes) {
    indexing<float>(shape);
    indexing<double>(shape);
    indexing<std::int32_t>(shape);
    indexing<std::uint8_t>(shape);
  }
  checks();
  positions();
  masks<float>();
  masks<double>();
}

const check::Test test("index", all);

} // namespace
