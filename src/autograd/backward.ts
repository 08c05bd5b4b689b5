import { fail, ThinnetError } from '../backend/errors.ts'
import { itemBytes, tensorTypeName } from '../tensor/dtype.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { isGradEnabled, withGradMode } from './mode.ts'
import { type Flow, type Fusion, gradientNode, type Node, type SavedTensor } from './node.ts'

/** What the engine itself computes with; ops hand it over (see ops/gradients.ts), since autograd stands below them. */
export interface GradientArithmetic {
  add(a: Tensor, b: Tensor): Tensor
  /** Adds `b` to `a` in place. */
  addInto(a: Tensor, b: Tensor): void
  onesLike(x: Tensor): Tensor
  /** A copy of its own memory, without history. */
  copy(x: Tensor): Tensor
}

export interface BackwardOptions {
  /** The gradient of what is differentiated, of its shape. May be left out for one element, where it is 1. */
  readonly gradient?: Tensor | undefined
  /** Keeps what the graph saved, for another backward. Default: the value of `createGraph`. */
  readonly retainGraph?: boolean | undefined
  /** Records the computation of the gradients too, so that they can be differentiated. Default false. */
  readonly createGraph?: boolean | undefined
}

/**
 * Adds the gradients of `root` with respect to each leaf that it was computed from to that leaf's `grad`.
 *
 * @throws ThinnetError TN_GRAPH if `root` does not require a gradient, if its graph was freed by an earlier backward, or
 * if a tensor that a gradient needs was changed in place.
 */
export function backward(root: Tensor, options: BackwardOptions, arithmetic: GradientArithmetic): void {
  const node = startNode(root, 'backward')
  runEngine(node, startGradient(root, options.gradient, 'backward', arithmetic), options, arithmetic)
}

/**
 * The gradients of `root` with respect to `inputs`, leaving every `grad` as it was. PyTorch's `torch.autograd.grad`.
 * An input that `root` does not depend on gives undefined.
 */
export function gradientsOf(
  root: Tensor,
  inputs: readonly Tensor[],
  options: BackwardOptions,
  arithmetic: GradientArithmetic,
): (Tensor | undefined)[] {
  const node = startNode(root, 'grad')
  const wanted = inputs.map((input) => {
    const target = gradientNode(input)
    return target ?? fail('TN_GRAPH', 'grad', 'one of the differentiated Tensors does not require grad')
  })
  const captured = new Map<Node, Tensor | undefined>(wanted.map((target) => [target, undefined]))
  runEngine(node, startGradient(root, options.gradient, 'grad', arithmetic), options, arithmetic, captured)
  return wanted.map((target) => captured.get(target))
}

function startNode(root: Tensor, where: string): Node {
  const node = gradientNode(root)
  return node ?? fail('TN_GRAPH', where, 'element 0 of tensors does not require grad and does not have a grad_fn')
}

function startGradient(root: Tensor, given: Tensor | undefined, where: string, arithmetic: GradientArithmetic): Tensor {
  if (!given) {
    if (root.numel !== 1) {
      fail(
        'TN_SHAPE',
        where,
        `grad can be implicitly created only for scalar outputs, got shape ${formatShape(root.shape)}; pass { gradient }`,
      )
    }
    return withGradMode(false, () => arithmetic.onesLike(root))
  }
  if (!sameShape(given.shape, root.shape)) {
    fail(
      'TN_SHAPE',
      where,
      `gradient must have the shape of what is differentiated, got ${formatShape(given.shape)} and ${formatShape(root.shape)}`,
    )
  }
  return given
}

/** Every node that `start` leads to, in the order in which gradients flow. */
function orderOf(start: Node): Node[] {
  const seen = new Set([start])
  const open = [start]
  for (let node = open.pop(); node; node = open.pop()) {
    for (const input of node.inputs) {
      if (!input || seen.has(input)) continue
      seen.add(input)
      open.push(input)
    }
  }
  return [...seen].sort((a, b) => b.id - a.id)
}

/** Nodes that gradients have arrived at and that have not had their turn, by age; the newest is next. */
class Frontier {
  /** Ascending in their numbers; beyond the count there is nothing. */
  readonly #nodes: (Node | undefined)[] = []
  /** What has arrived at each; undefined where a node was passed together with one before it. */
  readonly #flows: (Flow | undefined)[] = []
  #count = 0

  /** Where the node is, or where it belongs. */
  #placeOf(node: Node): number {
    const nodes = this.#nodes
    let [low, high] = [0, this.#count]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((nodes[middle] as Node).id < node.id) low = middle + 1
      else high = middle
    }
    return low
  }

  /** What has arrived at a node. */
  flowAt(node: Node): Flow | undefined {
    const place = this.#placeOf(node)
    return this.#nodes[place] === node ? this.#flows[place] : undefined
  }

  /** Puts a node in, with what has arrived at it now; without a flow, what had arrived before stays. */
  put(node: Node, flow: Flow | undefined): void {
    const [nodes, flows] = [this.#nodes, this.#flows]
    const place = this.#placeOf(node)
    if (nodes[place] !== node) {
      for (let i = this.#count++; i > place; i--) {
        nodes[i] = nodes[i - 1]
        flows[i] = flows[i - 1]
      }
      nodes[place] = node
      flows[place] = flow
    } else if (flow) flows[place] = flow
  }

  get newest(): Node | undefined {
    return this.#count > 0 ? this.#nodes[this.#count - 1] : undefined
  }

  /** Takes the newest node out. Returns what has arrived at it. */
  take(): Flow | undefined {
    const flow = this.#flows[--this.#count]
    this.#nodes[this.#count] = undefined
    this.#flows[this.#count] = undefined
    return flow
  }
}

interface Engine {
  readonly frontier: Frontier
  /** With respect to given inputs: only nodes that lead to one of them have work to do. */
  readonly needed: Set<Node> | undefined
  readonly createGraph: boolean
  readonly retainGraph: boolean
  readonly arithmetic: GradientArithmetic
  /** With respect to given inputs: what their gradients are. */
  readonly captured: Map<Node, Tensor | undefined> | undefined
}

function runEngine(
  start: Node,
  gradient: Tensor,
  { createGraph = false, retainGraph = createGraph }: BackwardOptions,
  arithmetic: GradientArithmetic,
  captured?: Map<Node, Tensor | undefined>,
): void {
  const needed = captured && leadingTo(orderOf(start), captured)
  const frontier = new Frontier()
  const engine: Engine = { frontier, needed, createGraph, retainGraph, arithmetic, captured }
  frontier.put(start, { gradient, own: false })
  withGradMode(createGraph && isGradEnabled(), () => {
    for (let node = frontier.newest; node; node = frontier.newest) {
      const arrived = frontier.take()
      if (arrived) visit(node, throughHooks(node, arrived, engine), engine)
      if (!node.leaf && !retainGraph && (!arrived || !needed || needed.has(node))) node.free()
    }
  })
}

function visit(node: Node, flow: Flow, engine: Engine): void {
  const { captured, needed } = engine
  const isCaptured = captured?.has(node) === true
  if (isCaptured) captured.set(node, flow.gradient)
  if (node.leaf) {
    if (!captured) accumulate(node.leaf, flow, engine)
  } else if (!needed || needed.has(node))
    propagate(node, isCaptured ? { gradient: flow.gradient, own: false } : flow, engine)
}

function leadingTo(order: readonly Node[], targets: Map<Node, unknown>): Set<Node> {
  const needed = new Set<Node>()
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i] as Node
    if (node.inputs.some((input) => input && (needed.has(input) || targets.has(input)))) needed.add(node)
  }
  for (const target of targets.keys()) needed.add(target)
  return needed
}

function throughHooks(node: Node, flow: Flow, engine: Engine): Flow {
  if (!node.hooks && !node.retained) return flow
  let { gradient } = flow
  for (const hook of node.hooks ?? []) gradient = hook(gradient) ?? gradient
  if (node.retained) accumulate(node.retained, { gradient, own: false }, engine)
  return { gradient, own: false }
}

function propagate(node: Node, flow: Flow, engine: Engine): void {
  if (!node.op) throw new Error('internal: a node without op or leaf')
  checkUsable(node)
  if (node.fusion && !engine.createGraph && mayPass(node.fusion, engine) && passTogether(node.fusion, flow, engine))
    return
  const { op, inputs, savedTensors } = node
  const { needed, createGraph } = engine
  const { gradient } = flow
  const shares = new Array<Tensor | undefined>(inputs.length)
  let passedOn = 0
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]
    if (!input || (needed && !needed.has(input))) continue
    const share = op.gradient(gradient, node.saved, node.attributes, i)
    if (share.sharesMemory(gradient)) passedOn++
    shares[i] = share
  }
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]
    const share = shares[i]
    if (!input || !share) continue
    const same = share.sharesMemory(gradient)
    const own = same ? flow.own && passedOn === 1 : !isReachable(share, i, shares, savedTensors)
    arrive(input, { gradient: share, own }, !same, engine)
  }
  if (passedOn === 0) recycle(flow, createGraph)
}

/**
 * Adds a flow to what has arrived at a node before.
 *
 * @param apart True if the flow is no view of the gradient that is being passed, and may be recycled once it is added.
 */
function arrive(node: Node, flow: Flow, apart: boolean, { frontier, arithmetic, createGraph }: Engine): void {
  const earlier = frontier.flowAt(node)
  if (!earlier) {
    frontier.put(node, flow)
    return
  }
  frontier.put(node, { gradient: arithmetic.add(earlier.gradient, flow.gradient), own: true })
  recycle(earlier, createGraph)
  if (apart) recycle(flow, createGraph)
}

/** True if nobody asked for the gradients between the nodes of a fusion. */
function mayPass({ nodes }: Fusion, { captured }: Engine): boolean {
  for (let i = 1; i < nodes.length; i++) {
    const node = nodes[i] as Node
    if (node.hooks || node.retained || captured?.has(node)) return false
  }
  return true
}

/** Passes the nodes of a fusion at once; false if they have to be passed one by one. */
function passTogether(fusion: Fusion, flow: Flow, engine: Engine): boolean {
  const { nodes } = fusion
  const { frontier, needed, retainGraph } = engine
  for (let i = 1; i < nodes.length; i++) checkUsable(nodes[i] as Node)
  const { inputs } = nodes[nodes.length - 1] as Node
  const shares = fusion.backward(
    flow,
    inputs.map((input) => input !== undefined && (!needed || needed.has(input))),
    !retainGraph,
  )
  if (!shares) return false
  for (let i = 1; i < nodes.length; i++) frontier.put(nodes[i] as Node, undefined)
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]
    const share = shares[i]
    if (input && share) arrive(input, { gradient: share, own: true }, true, engine)
  }
  return true
}

/** Throws if the node's saved tensors were freed or changed. */
function checkUsable(node: Node): void {
  if (node.freed) {
    fail(
      'TN_GRAPH',
      'backward',
      'Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call backward() or grad(). Specify { retainGraph: true } if you need to backward through the graph a second time',
    )
  }
  checkVersions(node)
}

/** True if a share looks at memory that another share or a saved tensor looks at too. */
function isReachable(
  share: Tensor,
  index: number,
  shares: readonly (Tensor | undefined)[],
  savedTensors: readonly SavedTensor[],
): boolean {
  for (let i = 0; i < savedTensors.length; i++) if (savedTensors[i]?.tensor.sharesMemory(share)) return true
  for (let i = 0; i < shares.length; i++) if (i !== index && shares[i]?.sharesMemory(share)) return true
  return false
}

/** Gives back the memory of a gradient that has done its work. A recorded computation may still refer to it. */
function recycle(flow: Flow, createGraph: boolean): void {
  if (flow.own && !createGraph) flow.gradient.release()
}

function accumulate(leaf: Tensor, flow: Flow, { createGraph, arithmetic }: Engine): void {
  const { gradient, own } = flow
  const earlier = leaf.ownGrad
  if (createGraph) {
    // What was recorded may refer to it.
    leaf.grad = earlier ? arithmetic.add(earlier, gradient) : arithmetic.copy(gradient)
  } else if (!earlier) {
    // A leaf's gradient is its own: it must not share memory with another's or with the user's, nor hold more than it needs.
    const whole = !gradient.isSettled || gradient.storage.bytes === gradient.numel * itemBytes(gradient.dtype)
    leaf.takeGrad(own && whole && gradient.isContiguous ? gradient : arithmetic.copy(gradient))
  } else {
    arithmetic.addInto(earlier, gradient)
    earlier.deferred?.joined?.(gradient)
    recycle(flow, createGraph)
  }
}

/** PyTorch's message for a saved tensor that was changed in place, with the line that changed it. */
function checkVersions(node: Node): void {
  for (let i = 0; i < node.savedTensors.length; i++) {
    const saved = node.savedTensors[i] as SavedTensor
    if (saved.isUnchanged) continue
    const { tensor, version, source } = saved
    const origin = source ? `, which is output 0 of ${source.displayName},` : ''
    const change = tensor.version.changedBy
    const at = change ? ` It was changed by ${change.op} ${callerLine(change.at)}` : ''
    throw new ThinnetError(
      'TN_GRAPH',
      'backward',
      `one of the variables needed for gradient computation has been modified by an inplace operation: [${tensorTypeName(tensor.dtype)} ${formatShape(tensor.shape)}]${origin} is at version ${tensor.version.count}; expected version ${version} instead.${at}`,
      { op: node.name, shape: tensor.shape, changedBy: change?.op },
      change ? { cause: change.at } : undefined,
    )
  }
}

/** The first line of a stack that is not thinnet's own: where the user's code made the call. */
function callerLine(error: Error): string {
  const own = /[\\/](src|dist)[\\/](autograd|tensor|ops|dropout|nn|module|optim)[\\/]/
  const line = (error.stack ?? '')
    .split('\n')
    .slice(1)
    .find((frame) => !own.test(frame))
  return line ? line.trim() : '(call site unknown)'
}
