// How element-wise kernels walk their operands.
//
// The inner loop of an operation sees contiguous operands only. Whatever is not contiguous (a broadcast row, a transposed
// matrix, a number) is first gathered, a block at a time, into a buffer that stays in L1. So an operation is compiled
// once per data type, and every layout takes the same path.
#pragma once
#include "common.hpp"

namespace thinnet::TARGET::loops {

constexpr Size kMaxInputs = 3;
constexpr Size kMaxDims = 32;
constexpr Size kBlock = 512;   // elements gathered at once
constexpr Size kLongRow = 128; // rows as long are handed to the loop one by one, shorter ones gathered together

// out[i] = f(in[0][i], in[1][i], ...) for i < n. out may be one of the inputs; n may be 0.
using Loop = void (*)(void* out, const void* const* in, Size n);

// out[i] = f(in[i]...) for i < n, f being a function of vectors. out may be one of the inputs.
//
// The last vector is the last elements whatever went before, if there are enough. It is computed first, while the inputs
// are still what they were.
template <class T, class F, class... In> THINNET_INLINE void map(T* out, Size n, const F& f, const In*... in) {
  constexpr Size lanes = kLanes<T>;
  const Size whole = n - n % lanes;
  Vec<T> last{};
  if (whole < n) last = f((whole > 0 ? load(in + n - lanes) : loadFirst(in, n))...);
  for (Size i = 0; i < whole; i += lanes) store(out + i, f(load(in + i)...));
  if (whole == n) return;
  if (whole > 0) store(out + n - lanes, last);
  else storeFirst(out, last, n);
}

// The loop of `Op::of`, a function of vectors, for inputs 0 ... K of type T and results of that type.
template <class Op, class T, Size... K> void vectorLoop(void* out, const void* const* in, Size n) {
  map(
      static_cast<T*>(out), n, [](auto... x) { return Op::of(x...); }, static_cast<const T*>(in[K])...);
}

// The loop of `Op::of`, a function of numbers, with results of type To.
template <class Op, class To, class T, Size... K> void scalarLoop(void* out, const void* const* in, Size n) {
  const auto run = [](To* to, Size count, const auto*... from) {
    for (Size i = 0; i < count; ++i) to[i] = static_cast<To>(Op::of(from[i]...));
  };
  run(static_cast<To*>(out), n, static_cast<const T*>(in[K])...);
}

// Calls run with a null pointer of the element type; whole numbers as unsigned ones, whose sums may wrap around.
template <class Run> THINNET_INLINE void byType(Size dtype, const Run& run) {
  if (dtype == kFloat32) run(static_cast<float*>(nullptr));
  else if (dtype == kFloat64) run(static_cast<double*>(nullptr));
  else if (dtype == kInt32) run(static_cast<std::uint32_t*>(nullptr));
  else run(static_cast<std::uint8_t*>(nullptr));
}
// The same by the size of items that are moved without looking at them.
template <class Run> THINNET_INLINE void byItem(Size itemBytes, const Run& run) {
  if (itemBytes == 1) run(static_cast<std::uint8_t*>(nullptr));
  else if (itemBytes == 4) run(static_cast<std::uint32_t*>(nullptr));
  else run(static_cast<std::uint64_t*>(nullptr));
}

// An operand: `itemBytes` is 1, 4 or 8; strides count elements, one per dimension; none: one element stands for all.
struct Input {
  const void* data;
  Size itemBytes;
  const std::int32_t* strides;
};

// n elements, `stride` apart, side by side.
template <class T> inline void gatherItems(T*, char* to, const char* from, Size stride, Size n) {
  typedef T Item __attribute__((may_alias));
  Item* out = reinterpret_cast<Item*>(to);
  const Item* in = reinterpret_cast<const Item*>(from);
  const Item first = *in;
  if (stride == 0) {
    for (Size i = 0; i < n; ++i) out[i] = first;
  } else if (stride == 1) {
    for (Size i = 0; i < n; ++i) out[i] = in[i];
  } else {
    for (Size i = 0; i < n; ++i) out[i] = in[i * stride];
  }
}
inline void gather(char* to, const char* from, Size itemBytes, Size stride, Size n) {
  if (n > 0) byItem(itemBytes, [&](auto* item) { gatherItems(item, to, from, stride, n); });
}

// One call of a kernel: shape and strides as sizes, and how each input reaches the loop.
struct Walk {
  enum Way {
    kDirect, // contiguous in the order of the output: in place
    kRow,    // contiguous within a long row: in place
    kSplat,  // one element: a buffer filled once
    kGather,
  };
  struct Operand {
    const char* data;
    Size itemBytes, strides[kMaxDims];
    Way way;
  };
  Loop loop;
  char* out;
  Size outBytes, count, ndim, n;
  Size shape[kMaxDims];
  Operand operands[kMaxInputs];
  Size room; // elements the loop may be handed at once

  void plan() {
    n = 1;
    for (Size d = 0; d < ndim; ++d) n *= shape[d];
    room = n;
    for (Size k = 0; k < count; ++k) {
      Operand& x = operands[k];
      bool contiguous = true, constant = true;
      for (Size d = ndim - 1, expected = 1; d >= 0; --d) {
        contiguous &= shape[d] == 1 || x.strides[d] == expected;
        constant &= shape[d] == 1 || x.strides[d] == 0;
        expected *= shape[d];
      }
      const bool row = shape[ndim - 1] >= kLongRow && x.strides[ndim - 1] == 1;
      x.way = contiguous ? kDirect : constant ? kSplat : row ? kRow : kGather;
      if (x.way == kSplat || x.way == kGather) room = kBlock;
    }
  }

  // Where a task stands.
  struct Cursor {
    Size index[kMaxDims], offset[kMaxInputs];
  };
  Cursor at(Size position) const {
    Cursor cursor;
    for (Size k = 0; k < count; ++k) cursor.offset[k] = 0;
    for (Size d = ndim - 1; d >= 0; --d) {
      cursor.index[d] = position % shape[d];
      position /= shape[d];
      for (Size k = 0; k < count; ++k) cursor.offset[k] += cursor.index[d] * operands[k].strides[d];
    }
    return cursor;
  }
  // Moves on by `run` elements, at most to the row's end.
  void advance(Cursor& cursor, Size run) const {
    for (Size d = ndim - 1, step = run; d >= 0; --d, step = 1) {
      cursor.index[d] += step;
      for (Size k = 0; k < count; ++k) cursor.offset[k] += step * operands[k].strides[d];
      if (cursor.index[d] < shape[d]) return;
      cursor.index[d] = 0;
      for (Size k = 0; k < count; ++k) cursor.offset[k] -= shape[d] * operands[k].strides[d];
    }
  }

  void piece(Size begin, Size end) const {
    alignas(64) char buffers[kMaxInputs][kBlock * 8];
    const void* in[kMaxInputs];
    for (Size k = 0; k < count; ++k) {
      const Operand& x = operands[k];
      if (x.way == kSplat) gather(buffers[k], x.data, x.itemBytes, 0, minOf(kBlock, end - begin));
    }
    const Size row = shape[ndim - 1];
    Cursor cursor = at(begin);
    for (Size i = begin; i < end;) {
      for (Size k = 0; k < count; ++k) {
        const Operand& x = operands[k];
        in[k] = x.way == kDirect ? x.data + i * x.itemBytes : x.way == kRow ? x.data + cursor.offset[k] * x.itemBytes : buffers[k];
      }
      const Size most = minOf(room, end - i);
      Size filled = 0;
      do {
        const Size run = minOf(row - cursor.index[ndim - 1], most - filled);
        for (Size k = 0; k < count; ++k) {
          const Operand& x = operands[k];
          if (x.way != kGather) continue;
          gather(buffers[k] + filled * x.itemBytes, x.data + cursor.offset[k] * x.itemBytes, x.itemBytes, x.strides[ndim - 1], run);
        }
        advance(cursor, run);
        filled += run;
      } while (filled < most && row < kLongRow);
      loop(out + i * outBytes, in, filled);
      i += filled;
    }
  }

  void run() {
    plan();
    parallelRange(n, [this](Size begin, Size end) { piece(begin, end); });
  }
};

// body(begin, end) over [0, n) in tasks of about kGrain elements, where one step takes `cost` of them.
template <class Body> THINNET_INLINE void inTasks(Size n, Size cost, const Body& body) {
  const Size group = maxOf(1, kGrain / maxOf(cost, 1));
  parallel(divUp(n, group), [&](Size task, int) { body(task * group, minOf(n, (task + 1) * group)); });
}

// Runs the loop over broadcast inputs and a contiguous output, in row-major order of `shape`.
template <Size count>
inline void broadcast(Loop loop, Ptr out, Size outBytes, const Input (&inputs)[count], Size ndim, const std::int32_t* shape) {
  Walk walk;
  walk.loop = loop;
  walk.out = static_cast<char*>(out);
  walk.outBytes = outBytes;
  walk.count = count;
  walk.ndim = maxOf(ndim, 1);
  for (Size d = 0; d < walk.ndim; ++d) walk.shape[d] = d < ndim ? shape[d] : 1;
  for (Size k = 0; k < count; ++k) {
    Walk::Operand& x = walk.operands[k];
    x.data = static_cast<const char*>(inputs[k].data);
    x.itemBytes = inputs[k].itemBytes;
    for (Size d = 0; d < walk.ndim; ++d) x.strides[d] = d < ndim && inputs[k].strides ? inputs[k].strides[d] : 0;
  }
  walk.run();
}

constexpr std::int32_t kContiguous = 1;

// The same for n elements in a row: inputs with strides are contiguous.
template <Size count> inline void flat(Loop loop, Ptr out, Size outBytes, const Input (&inputs)[count], Size n) {
  Walk walk;
  walk.loop = loop;
  walk.out = static_cast<char*>(out);
  walk.outBytes = outBytes;
  walk.count = count;
  walk.ndim = 1;
  walk.shape[0] = n;
  for (Size k = 0; k < count; ++k) {
    Walk::Operand& x = walk.operands[k];
    x.data = static_cast<const char*>(inputs[k].data);
    x.itemBytes = inputs[k].itemBytes;
    x.strides[0] = inputs[k].strides ? 1 : 0;
  }
  walk.run();
}

inline Size itemBytesOf(Size dtype) { return dtype == kFloat64 ? 8 : dtype == kFloat32 || dtype == kInt32 ? 4 : 1; }

// A number as an element of the type; whole ones wrap around.
template <class T> inline T elementOf(Num value) { return static_cast<T>(static_cast<std::int64_t>(value >= -0x1p63 && value < 0x1p63 ? value : 0)); }
template <> inline double elementOf<double>(Num value) { return value; }
template <> inline float elementOf<float>(Num value) { return static_cast<float>(value); }

// The bytes of that element.
struct Element {
  alignas(8) char bytes[8] = {};
  Element(Size dtype, Num value) {
    if (dtype == kFloat64) set(elementOf<double>(value));
    else if (dtype == kFloat32) set(elementOf<float>(value));
    else if (dtype == kInt32) set(elementOf<std::int32_t>(value));
    else set(elementOf<std::uint8_t>(dtype == kBool ? value != 0 : value));
  }
  template <class T> void set(T value) { __builtin_memcpy(bytes, &value, sizeof(value)); }
};

} // namespace thinnet::TARGET::loops
