// What convolutions and pooling need beside the matrix product: windows of an image side by side, put back, and their maxima.
//
// The geometry is int32s: N, C, H, W of the image; H, W of the output; then, each for rows and columns, the window's
// size, its stride, the dilation of its elements, and the padding before the first row and column.
#pragma once
#include "loops.inl.hpp"

namespace thinnet::TARGET {

namespace window_detail {

struct Geometry {
  Size n, c, h, w, outH, outW, kernelH, kernelW, strideH, strideW, dilationH, dilationW, padH, padW;

  explicit Geometry(Ptr desc) {
    const auto* d = static_cast<const std::int32_t*>(desc);
    n = d[0], c = d[1], h = d[2], w = d[3], outH = d[4], outW = d[5], kernelH = d[6], kernelW = d[7];
    strideH = d[8], strideW = d[9], dilationH = d[10], dilationW = d[11], padH = d[12], padW = d[13];
  }

  Size windows() const { return outH * outW; }
  // The row, or column, of the image that element k of window o looks at; outside of it in the padding.
  Size row(Size o, Size k) const { return o * strideH - padH + k * dilationH; }
  Size column(Size o, Size k) const { return o * strideW - padW + k * dilationW; }

  // The windows [first, last) of a row whose element k lies in the image.
  void inside(Size k, Size& first, Size& last) const {
    const Size start = padW - k * dilationW; // column >= 0 from o * stride >= start on
    first = minOf(outW, start > 0 ? divUp(start, strideW) : 0);
    const Size end = w + start; // column < w up to o * stride < end
    last = maxOf(first, minOf(outW, end > 0 ? divUp(end, strideW) : 0));
  }
};

} // namespace window_detail

// out[(c, i, j), (n, o, p)] = x[n, c, row(o, i), column(p, j)], 0 in the padding: [C kernelH kernelW, N outH outW].
void unfold(Size itemBytes, Ptr out, Ptr x, Ptr desc) {
  const window_detail::Geometry g(desc);
  const Size windows = g.windows();
  loops::byItem(itemBytes, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    const auto* from = static_cast<decltype(type)>(x);
    loops::inTasks(g.c * g.kernelH * g.kernelW * g.n, windows, [&](Size begin, Size end) {
      for (Size task = begin; task < end; ++task) {
        const Size n = task % g.n, element = task / g.n;
        const Size j = element % g.kernelW, i = element / g.kernelW % g.kernelH, c = element / g.kernelW / g.kernelH;
        const auto* image = from + (n * g.c + c) * g.h * g.w;
        Size first, last;
        g.inside(j, first, last);
        for (Size o = 0; o < g.outH; ++o) {
          auto* line = to + task * windows + o * g.outW;
          const Size row = g.row(o, i);
          const bool outside = row < 0 || row >= g.h;
          const Size a = outside ? g.outW : first, b = outside ? g.outW : last;
          for (Size p = 0; p < a; ++p) line[p] = 0;
          const auto* pixels = image + row * g.w + g.column(0, j);
          if (g.strideW == 1 && a < b) __builtin_memcpy(line + a, pixels + a, static_cast<std::size_t>((b - a) * itemBytes));
          else for (Size p = a; p < b; ++p) line[p] = pixels[p * g.strideW];
          for (Size p = b; p < g.outW; ++p) line[p] = 0;
        }
      }
    });
  });
}

// The adjoint: out[n, c, h, w] = the sum of x[(c, i, j), (n, o, p)] over all that `unfold` would have copied it to, in the
// order of i, j, o, p.
void fold(Size dtype, Ptr out, Ptr x, Ptr desc) {
  const window_detail::Geometry g(desc);
  const Size windows = g.windows(), kernel = g.kernelH * g.kernelW;
  loops::byType(dtype, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    const auto* from = static_cast<decltype(type)>(x);
    loops::inTasks(g.n * g.c, kernel * windows + g.h * g.w, [&](Size begin, Size end) {
      for (Size plane = begin; plane < end; ++plane) {
        const Size n = plane / g.c, c = plane % g.c;
        auto* image = to + plane * g.h * g.w;
        for (Size at = 0; at < g.h * g.w; ++at) image[at] = 0;
        for (Size i = 0; i < g.kernelH; ++i) {
          for (Size j = 0; j < g.kernelW; ++j) {
            const auto* values = from + ((c * kernel + i * g.kernelW + j) * g.n + n) * windows;
            Size first, last;
            g.inside(j, first, last);
            for (Size o = 0; o < g.outH; ++o) {
              const Size row = g.row(o, i);
              if (row < 0 || row >= g.h) continue;
              auto* pixels = image + row * g.w + g.column(0, j);
              const auto* line = values + o * g.outW;
              if (g.strideW == 1) for (Size p = first; p < last; ++p) pixels[p] += line[p];
              else for (Size p = first; p < last; ++p) pixels[p * g.strideW] += line[p];
            }
          }
        }
      }
    });
  });
}

// out[n, c, o, p] = the largest element of the window in the image, the first of several, NaN if there is one; its place
// in the plane, row * W + column, to indices (int32). Each window must have an element in the image.
void maxPool(Size dtype, Ptr out, Ptr indices, Ptr x, Ptr desc) {
  const window_detail::Geometry g(desc);
  const Size windows = g.windows();
  const auto run = [&](auto* type) {
    auto* to = static_cast<decltype(type)>(out);
    auto* places = static_cast<std::int32_t*>(indices);
    const auto* from = static_cast<decltype(type)>(x);
    loops::inTasks(g.n * g.c, windows * g.kernelH * g.kernelW, [&](Size begin, Size end) {
      for (Size plane = begin; plane < end; ++plane) {
        const auto* image = from + plane * g.h * g.w;
        for (Size window = 0; window < windows; ++window) {
          const Size o = window / g.outW, p = window % g.outW;
          Size best = -1;
          for (Size i = 0; i < g.kernelH; ++i) {
            const Size row = g.row(o, i);
            if (row < 0 || row >= g.h) continue;
            for (Size j = 0; j < g.kernelW; ++j) {
              const Size column = g.column(p, j);
              if (column < 0 || column >= g.w) continue;
              const Size at = row * g.w + column;
              if (best < 0 || image[at] > image[best] || (image[at] != image[at] && image[best] == image[best])) best = at;
            }
          }
          to[plane * windows + window] = image[best];
          places[plane * windows + window] = static_cast<std::int32_t>(best);
        }
      }
    });
  };
  if (dtype == kFloat64) run(static_cast<double*>(nullptr));
  else run(static_cast<float*>(nullptr));
}

} // namespace thinnet::TARGET
