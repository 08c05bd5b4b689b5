// Self-test of thinned layers: selections, panels, products and gradients against loops over what is kept.
#include "../generator_state.hpp"
#include "check.hpp"

#include <cmath>
#include <limits>

namespace {

using namespace thinnet;
using check::Exact;
using check::kCode;

constexpr Size kPanel = 16;
Size upTo(Size n, Size step) { return (n + step - 1) / step * step; }

// A selection as the kernels read it, and as a table.
struct Kept {
  Size neurons, groups;
  bool all;
  std::vector<std::vector<Size>> lists;
  Exact<std::int32_t> memory;

  Kept(Size neurons, Size groups, double keep, bool all)
      : neurons(neurons), groups(groups), all(all), lists(static_cast<std::size_t>(groups)), memory(upTo(groups, kPanel) + groups * upTo(neurons, kPanel) / kPanel * (kPanel + 2)) {
    Exact<std::uint8_t> mask((groups * neurons + 7) / 8);
    std::memset(mask.data, 0, static_cast<std::size_t>(mask.count));
    for (Size g = 0; g < groups; ++g) {
      for (Size n = 0; n < neurons; ++n) {
        if (!all && (check::uniform() + 1) / 2 >= keep) continue;
        const Size bit = g * neurons + n;
        mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | 1 << bit % 8);
        lists[static_cast<std::size_t>(g)].push_back(n);
      }
    }
    Exact<std::int32_t> kept(groups);
    kernels::selectionFromMask(memory.data, neurons, groups, mask.data, kept.data);
    for (Size g = 0; g < groups; ++g) {
      CHECK(kept[g] == count(g), "group %td is said to keep %d, not %td", g, kept[g], count(g));
      CHECK(memory[g] == count(g), "group %td keeps %d, not %td", g, memory[g], count(g));
      for (Size k = 0; k < count(g); ++k) CHECK(memory[upTo(groups, kPanel) + g * upTo(neurons, kPanel) + k] == list(g)[static_cast<std::size_t>(k)], "entry %td of group %td", k, g);
    }
  }
  Ptr address() { return all ? nullptr : memory.data; }
  const std::vector<Size>& list(Size g) const { return lists[static_cast<std::size_t>(g)]; }
  Size count(Size g) const { return static_cast<Size>(list(g).size()); }
};

struct Case {
  Size examples, inputs, outputs;
  std::vector<std::int32_t> segments; // first, count, inGroup, outGroup
  Size count() const { return static_cast<Size>(segments.size()) / 4; }
  Ptr rows() { return segments.data(); }
  Size at(Size s, Size field) const { return segments[static_cast<std::size_t>(4 * s + field)]; }
};

Size panelElements(const Case& c, const Kept& kept, Size side) {
  Size elements = kPanel;
  for (Size s = 0; s < c.count(); ++s) elements += upTo(c.at(s, 1), kPanel) * kept.count(c.at(s, 2 + side));
  return elements;
}

template <class T> bool close(double got, double wanted, double magnitude, Size terms) {
  return std::fabs(got - wanted) <= (static_cast<double>(terms) + 4) * std::numeric_limits<T>::epsilon() * magnitude;
}

// rows[example][neuron] where kept, from panels.
template <class T> std::vector<T> unpacked(Case& c, Kept& kept, Size side, const T* panels) {
  std::vector<T> rows(static_cast<std::size_t>(c.examples * kept.neurons), T(99));
  kernels::unpackPanels(kCode<T>, rows.data(), kept.neurons, const_cast<T*>(panels), c.rows(), c.count(), side, kept.address(), kept.neurons, kept.groups);
  return rows;
}

template <class T> void layer(Case c, Kept& in, Kept& out) {
  Exact<T> x(c.examples * c.inputs), w(c.outputs * c.inputs), bias(c.outputs);
  x.fillUniform();
  w.fillUniform();
  bias.fillUniform();
  const double scale = 1.25;
  Exact<T> xPanels(panelElements(c, in, 0)), yPanels(panelElements(c, out, 1));
  xPanels.fillUniform();
  yPanels.fillUniform();
  kernels::packPanels(kCode<T>, xPanels.data, x.data, c.inputs, c.rows(), c.count(), 0, in.address(), in.neurons, in.groups, scale);

  const auto dropped = [](const Kept& kept, Size group, Size neuron) {
    for (const Size n : kept.list(group)) {
      if (n == neuron) return false;
    }
    return true;
  };
  const auto seen = unpacked(c, in, 0, xPanels.data);
  for (Size s = 0; s < c.count(); ++s) {
    for (Size e = c.at(s, 0); e < c.at(s, 0) + c.at(s, 1); ++e) {
      for (Size i = 0; i < c.inputs; ++i) {
        const T wanted = dropped(in, c.at(s, 2), i) ? T(0) : x[e * c.inputs + i] * static_cast<T>(scale);
        CHECK(seen[static_cast<std::size_t>(e * c.inputs + i)] == wanted, "packed and unpacked: example %td, neuron %td", e, i);
      }
    }
  }

  for (const Size relu : {0, 1}) {
    takeCountedMultiplications();
    kernels::panelProduct(kCode<T>, yPanels.data, w.data, c.inputs, 1, bias.data, xPanels.data, c.rows(), c.count(), in.address(), in.neurons, in.groups, out.address(), out.neurons, out.groups, relu, scale);
    double multiplications = 0;
    const auto y = unpacked(c, out, 1, yPanels.data);
    for (Size s = 0; s < c.count(); ++s) {
      const auto &rows = out.list(c.at(s, 3)), &columns = in.list(c.at(s, 2));
      multiplications += static_cast<double>(c.at(s, 1)) * static_cast<double>(rows.size()) * static_cast<double>(columns.size());
      for (Size e = c.at(s, 0); e < c.at(s, 0) + c.at(s, 1); ++e) {
        for (Size o = 0; o < c.outputs; ++o) {
          double sum = bias[o], magnitude = std::fabs(sum);
          for (const Size i : columns) {
            const double product = double(w[o * c.inputs + i]) * double(x[e * c.inputs + i] * static_cast<T>(scale));
            sum += product;
            magnitude += std::fabs(product);
          }
          if (relu && sum < 0) sum = 0;
          const T got = y[static_cast<std::size_t>(e * c.outputs + o)];
          if (dropped(out, c.at(s, 3), o)) CHECK(got == 0, "dropped output %td of example %td is %g", o, e, double(got));
          else CHECK(close<T>(got, scale * sum, scale * magnitude, static_cast<Size>(columns.size())), "output %td of example %td: %g, not %g", o, e, double(got), scale * sum);
        }
      }
    }
    CHECK(takeCountedMultiplications() == multiplications, "the product counts its multiplications");
  }
}

template <class T> void inputGradient(Case c, Kept& in, Kept& out) {
  // The same product with the roles exchanged: the segments' groups are those of its own inputs and outputs.
  Case turned = c;
  for (Size s = 0; s < c.count(); ++s) std::swap(turned.segments[static_cast<std::size_t>(4 * s + 2)], turned.segments[static_cast<std::size_t>(4 * s + 3)]);
  Exact<T> g(c.examples * c.outputs), w(c.outputs * c.inputs);
  g.fillUniform();
  w.fillUniform();
  Exact<T> gPanels(panelElements(c, out, 1)), dxPanels(panelElements(c, in, 0));
  kernels::packPanels(kCode<T>, gPanels.data, g.data, c.outputs, turned.rows(), turned.count(), 0, out.address(), out.neurons, out.groups, 1);
  kernels::panelProduct(kCode<T>, dxPanels.data, w.data, 1, c.inputs, nullptr, gPanels.data, turned.rows(), turned.count(), out.address(), out.neurons, out.groups, in.address(), in.neurons, in.groups, 0, 1);
  const auto dx = unpacked(c, in, 0, dxPanels.data);
  for (Size s = 0; s < c.count(); ++s) {
    for (Size e = c.at(s, 0); e < c.at(s, 0) + c.at(s, 1); ++e) {
      for (const Size i : in.list(c.at(s, 2))) {
        double sum = 0, magnitude = 0;
        for (const Size o : out.list(c.at(s, 3))) {
          const double product = double(w[o * c.inputs + i]) * double(g[e * c.outputs + o]);
          sum += product;
          magnitude += std::fabs(product);
        }
        const T got = dx[static_cast<std::size_t>(e * c.inputs + i)];
        CHECK(close<T>(got, sum, magnitude, c.outputs), "input gradient %td of example %td: %g, not %g", i, e, double(got), sum);
      }
    }
  }
}

template <class T> void weightGradient(Case c, Kept& in, Kept& out) {
  Exact<T> x(c.examples * c.inputs), g(c.examples * c.outputs), dw(c.outputs * c.inputs), sums(c.outputs);
  x.fillUniform();
  g.fillUniform();
  Size turnedElements = kPanel;
  for (Size s = 0; s < c.count(); ++s) turnedElements += c.at(s, 1) * upTo(in.count(c.at(s, 2)), kPanel);
  Exact<T> xPanels(panelElements(c, in, 0)), gPanels(panelElements(c, out, 1)), turned(turnedElements);
  kernels::packPanels(kCode<T>, xPanels.data, x.data, c.inputs, c.rows(), c.count(), 0, in.address(), in.neurons, in.groups, 1);
  kernels::packPanels(kCode<T>, gPanels.data, g.data, c.outputs, c.rows(), c.count(), 1, out.address(), out.neurons, out.groups, 1);
  kernels::turnPanels(kCode<T>, turned.data, xPanels.data, c.rows(), c.count(), 0, in.address(), in.neurons, in.groups);
  kernels::panelGradient(kCode<T>, dw.data, gPanels.data, turned.data, c.rows(), c.count(), in.address(), in.neurons, in.groups, out.address(), out.neurons, out.groups);
  kernels::sumPanels(kCode<T>, sums.data, gPanels.data, c.rows(), c.count(), 1, out.address(), out.neurons, out.groups);

  std::vector<double> wanted(static_cast<std::size_t>(c.outputs * c.inputs)), magnitude(wanted.size()), wantedSums(static_cast<std::size_t>(c.outputs));
  std::vector<std::uint8_t> wantedTouched(wanted.size()), touched(wanted.size());
  for (Size s = 0; s < c.count(); ++s) {
    for (const Size o : out.list(c.at(s, 3))) {
      for (const Size i : in.list(c.at(s, 2))) {
        const auto at = static_cast<std::size_t>(o * c.inputs + i);
        wantedTouched[at] = 1;
        for (Size e = c.at(s, 0); e < c.at(s, 0) + c.at(s, 1); ++e) {
          const double product = double(g[e * c.outputs + o]) * double(x[e * c.inputs + i]);
          wanted[at] += product;
          magnitude[at] += std::fabs(product);
        }
      }
      for (Size e = c.at(s, 0); e < c.at(s, 0) + c.at(s, 1); ++e) wantedSums[static_cast<std::size_t>(o)] += double(g[e * c.outputs + o]);
    }
  }
  for (Size o = 0; o < c.outputs; ++o) {
    for (Size i = 0; i < c.inputs; ++i) {
      const auto at = static_cast<std::size_t>(o * c.inputs + i);
      CHECK(close<T>(dw[o * c.inputs + i], wanted[at], magnitude[at], c.examples), "weight gradient [%td, %td]: %g, not %g", o, i, double(dw[o * c.inputs + i]), wanted[at]);
    }
    CHECK(close<T>(sums[o], wantedSums[static_cast<std::size_t>(o)], static_cast<double>(c.examples), c.examples), "sum of neuron %td", o);
  }
  kernels::touchWeights(touched.data(), c.rows(), c.count(), in.address(), in.neurons, in.groups, out.address(), out.neurons, out.groups);
  CHECK(touched == wantedTouched, "which weights were touched");

  // The fused step is to the bit the step with that gradient, where weights do not rest; those that rest stay.
  const struct {
    double weightDecay;
    Size rest;
  } rules[] = {{0, 0}, {0.01, 0}, {0.01, 1}};
  for (const auto& [weightDecay, rest] : rules) {
    Exact<T> w(c.outputs * c.inputs), m(c.outputs * c.inputs);
    w.fillUniform();
    m.fillUniform();
    std::vector<T> w0(w.data, w.data + w.count), m0(m.data, m.data + m.count), w1 = w0, m1 = m0;
    kernels::sgdStep(kCode<T>, w1.data(), dw.data, m1.data(), w.count, 0.1, weightDecay, 0.9, 0, 0, 0, 0);
    kernels::panelSgdStep(kCode<T>, w.data, m.data, gPanels.data, turned.data, c.rows(), c.count(), in.address(), in.neurons, in.groups, out.address(), out.neurons, out.groups, 0.1, weightDecay, 0.9, 0, 0, 0, 0, 0, rest);
    for (std::size_t at = 0; at < w0.size(); ++at) {
      const bool moves = !rest || wantedTouched[at];
      CHECK(w.data[at] == (moves ? w1[at] : w0[at]) && m.data[at] == (moves ? m1[at] : m0[at]), "fused step, decay %g, rest %td, weight %zu", weightDecay, rest, at);
    }
    const double limit = 0.5;
    kernels::panelSgdStep(kCode<T>, w.data, nullptr, gPanels.data, turned.data, c.rows(), c.count(), in.address(), in.neurons, in.groups, out.address(), out.neurons, out.groups, 0.1, 0, 0, 0, 0, 1, 0, limit, 0);
    for (Size o = 0; o < c.outputs; ++o) {
      double squares = 0;
      for (Size i = 0; i < c.inputs; ++i) squares += double(w[o * c.inputs + i]) * double(w[o * c.inputs + i]);
      CHECK(std::sqrt(squares) <= limit * (1 + 1e-5), "norm of row %td", o);
    }
  }
}

template <class T> void all(Size inputs, Size outputs, const std::vector<Size>& bounds, double keepIn, double keepOut, bool allIn, bool allOut) {
  const Size groups = static_cast<Size>(bounds.size()) - 1;
  Kept in(inputs, groups, keepIn, allIn), out(outputs, (groups + 1) / 2, keepOut, allOut);
  Case c{bounds.back(), inputs, outputs, {}};
  for (Size s = 0; s < groups; ++s) {
    const Size first = bounds[static_cast<std::size_t>(s)];
    for (const Size value : {first, bounds[static_cast<std::size_t>(s + 1)] - first, s, s / 2}) c.segments.push_back(static_cast<std::int32_t>(value));
  }
  layer<T>(c, in, out);
  inputGradient<T>(c, in, out);
  weightGradient<T>(c, in, out);
}

void balanced() {
  const Size neurons = 4000, groups = 5;
  GeneratorState state{};
  kernels::randomSeed(&state, 7, 0);
  for (const double keep : {0.5, 0.8, 0.2, 0.0, 1.0}) {
    Exact<std::uint8_t> mask((neurons * groups + 7) / 8);
    kernels::drawBalancedMask(&state, mask.data, neurons, groups, keep);
    double total = 0;
    std::vector<double> ofGroup(static_cast<std::size_t>(groups));
    for (Size n = 0; n < neurons; ++n) {
      Size count = 0;
      for (Size g = 0; g < groups; ++g) {
        const Size bit = g * neurons + n;
        const int kept = mask[bit / 8] >> bit % 8 & 1;
        count += kept;
        ofGroup[static_cast<std::size_t>(g)] += kept;
      }
      total += static_cast<double>(count);
      const double wanted = keep * static_cast<double>(groups);
      CHECK(count == static_cast<Size>(std::floor(wanted)) || count == static_cast<Size>(std::ceil(wanted)), "neuron %td is kept by %td groups, keep %g", n, count, keep);
    }
    // Five standard deviations of a sum of draws that vary by less than one each.
    CHECK(std::fabs(total - keep * neurons * groups) <= 5 * 0.5 * std::sqrt(double(neurons)), "kept in all: %g, keep %g", total, keep);
    for (const double kept : ofGroup) CHECK(std::fabs(kept - keep * neurons) <= 5 * std::sqrt(keep * (1 - keep) * neurons + 1e-9), "kept by one group: %g, keep %g", kept, keep);
  }
}

template <class T> void cases() {
  all<T>(5, 3, {0, 1}, 0.5, 0.5, false, false);
  all<T>(16, 16, {0, 16, 32}, 0.5, 0.5, false, false);
  all<T>(33, 40, {0, 7, 24, 40}, 0.5, 0.3, false, false);
  all<T>(70, 90, {0, 32, 64, 96, 128}, 0.8, 0.5, false, false);
  all<T>(40, 10, {0, 30, 61}, 0.5, 1, false, true);
  all<T>(40, 30, {0, 50}, 1, 0.5, true, false);
  all<T>(20, 24, {0, 33}, 1, 1, true, true);
  all<T>(20, 24, {0, 9, 20}, 0, 0.5, false, false); // nothing is kept
  all<T>(24, 20, {0, 9, 20}, 0.5, 0, false, false);
  all<T>(450, 130, {0, 64, 128}, 0.9, 0.9, false, false); // several blocks of inner neurons
  // Rows of the gradient with up to ten parts, in whole pieces and small ones.
  all<T>(75, 300, {0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80}, 0.5, 0.8, false, false);
}

// The cut into pieces depends on the number of threads; what comes out does not.
template <class T> void sameBitsOnAnyThreads() {
  const Size examples = 32, inputs = 500, outputs = 333, groups = 2;
  Kept in(inputs, groups, 0.5, false), out(outputs, groups, 0.5, false);
  Case c{examples, inputs, outputs, {0, 16, 0, 0, 16, 16, 1, 1}};
  Exact<T> x(panelElements(c, in, 0)), w(outputs * inputs), turned(panelElements(c, in, 0) + 2 * kPanel * kPanel);
  x.fillUniform();
  w.fillUniform();
  std::vector<T> firstY, firstDw;
  for (const int threads : {1, 2, 5}) {
    setThreadCount(threads);
    Exact<T> y(panelElements(c, out, 1)), dw(outputs * inputs);
    kernels::panelProduct(kCode<T>, y.data, w.data, inputs, 1, nullptr, x.data, c.rows(), c.count(), in.address(), inputs, in.groups, out.address(), outputs, out.groups, 0, 1);
    kernels::turnPanels(kCode<T>, turned.data, x.data, c.rows(), c.count(), 0, in.address(), inputs, in.groups);
    kernels::panelGradient(kCode<T>, dw.data, y.data, turned.data, c.rows(), c.count(), in.address(), inputs, in.groups, out.address(), outputs, out.groups);
    const Size written = y.count - kPanel; // the room behind the end stays as it was
    if (threads == 1) {
      firstY.assign(y.data, y.data + written);
      firstDw.assign(dw.data, dw.data + dw.count);
    }
    CHECK(check::sameBits(y.data, firstY.data(), written), "a product on %d threads", threads);
    CHECK(check::sameBits(dw.data, firstDw.data(), dw.count), "a gradient on %d threads", threads);
  }
}

void all() {
  for (const int threads : {1, 3}) {
    setThreadCount(threads);
    cases<float>();
    cases<double>();
  }
  sameBitsOnAnyThreads<float>();
  sameBitsOnAnyThreads<double>();
  setThreadCount(1);
  balanced();
}

const check::Test test("thinned", all);

} // namespace
