// Shapes and networks that several suites measure.

export const productShapes = [
  { m: 512, k: 2048, n: 2048 },
  { m: 128, k: 1024, n: 1024 },
]

export const forms = ['forward', 'inputGradient', 'weightGradient', 'plain']

/** A layer's three products: weightGradient has the batch as its inner size. */
export const sized = (form, { m, k, n }) => (form === 'weightGradient' ? { m: n, k: m, n: k } : { m, k, n })

export const flops = ({ m, k, n }) => 2 * m * k * n

/** The network of the measurements: 784 inputs, layers of `hidden` neurons, 10 classes; input p 0.2, hidden p 0.5. */
export const network = (hidden, layers = 2) => ({
  sizes: [784, ...Array(layers).fill(hidden), 10],
  inputP: 0.2,
  p: 0.5,
})

/** PyTorch's ways to take an optimizer's step. */
export const optimizers = ['loop', 'foreach', 'fused']
