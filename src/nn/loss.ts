// Losses as layers: each calls the function of its name with the options it was made with.
import { checkOptions, Module } from '../module/index.ts'
import * as ops from '../ops/loss.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Compares predictions with targets. */
abstract class Loss<Options extends object> extends Module<readonly [input: Tensor, target: Tensor]> {
  readonly options: Options

  constructor(options: Options, known: readonly (keyof Options & string)[]) {
    super()
    checkOptions(new.target.name, options, known)
    this.options = options
  }
}

/**
 * Cross-entropy of logits with classes (or with probabilities). See `functional.crossEntropy`.
 *
 * Shape: `[N, C]` and `[N]`; result `[]`.
 * @example new nn.CrossEntropyLoss({ labelSmoothing: 0.1 }).call(model.call(x), y).backward()
 */
export class CrossEntropyLoss extends Loss<ops.CrossEntropyOptions> {
  constructor(options: ops.CrossEntropyOptions = {}) {
    super(options, ['weight', 'ignoreIndex', 'reduction', 'labelSmoothing'])
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.crossEntropy(input, target, this.options)
  }
}

/** Negative log-likelihood of log-probabilities. See `functional.nllLoss`. Shape: `[N, C]` and `[N]`; result `[]`. */
export class NLLLoss extends Loss<ops.NllOptions> {
  constructor(options: ops.NllOptions = {}) {
    super(options, ['weight', 'ignoreIndex', 'reduction'])
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.nllLoss(input, target, this.options)
  }
}

/** Squared error. See `functional.mseLoss`. */
export class MSELoss extends Loss<ops.LossOptions> {
  constructor(options: ops.LossOptions = {}) {
    super(options, ['reduction'])
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.mseLoss(input, target, this.options)
  }
}

/** Absolute error. See `functional.l1Loss`. */
export class L1Loss extends Loss<ops.LossOptions> {
  constructor(options: ops.LossOptions = {}) {
    super(options, ['reduction'])
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.l1Loss(input, target, this.options)
  }
}

/** Squared error near the target, absolute error far from it. See `functional.smoothL1Loss`. */
export class SmoothL1Loss extends Loss<ops.SmoothL1Options> {
  constructor(options: ops.SmoothL1Options = {}) {
    super(options, ['reduction', 'beta'])
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.smoothL1Loss(input, target, this.options)
  }
}

/** Like `SmoothL1Loss` with another scale. See `functional.huberLoss`. */
export class HuberLoss extends Loss<ops.HuberOptions> {
  constructor(options: ops.HuberOptions = {}) {
    super(options, ['reduction', 'delta'])
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.huberLoss(input, target, this.options)
  }
}

/** Binary cross-entropy of logits. See `functional.bceWithLogits`. */
export class BCEWithLogitsLoss extends Loss<ops.BceWithLogitsOptions> {
  constructor(options: ops.BceWithLogitsOptions = {}) {
    super(options, ['reduction', 'weight', 'posWeight'])
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.bceWithLogits(input, target, this.options)
  }
}

/** Binary cross-entropy of probabilities. See `functional.binaryCrossEntropy`. */
export class BCELoss extends Loss<ops.BinaryCrossEntropyOptions> {
  constructor(options: ops.BinaryCrossEntropyOptions = {}) {
    super(options, ['reduction', 'weight'])
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.binaryCrossEntropy(input, target, this.options)
  }
}
