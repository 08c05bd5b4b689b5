// Lists and dictionaries of modules and parameters, for what a plain array or object would hide from the walk.
import { fail } from '../backend/errors.ts'
import { AnyModule } from './any-module.ts'
import type { Module } from './module.ts'
import { Parameter } from './parameter.ts'
import { memberAt } from './sequential.ts'

/** What all containers have in common: members by name, and nothing to compute. */
abstract class Container<Member> extends AnyModule {
  /** Throws unless `member` is of the container's kind. */
  protected abstract check(member: unknown): asserts member is Member
  protected abstract named(): Iterable<readonly [string, Member]>

  protected override *members(): Generator<readonly [string, unknown]> {
    yield* super.members()
    yield* this.named()
  }
}

abstract class List<Member> extends Container<Member> implements Iterable<Member> {
  readonly #list: Member[] = []

  constructor(members: Iterable<Member> = []) {
    super()
    this.extend(members)
  }

  /** The number of members. */
  get length(): number {
    return this.#list.length
  }

  /** The member at a position; negative ones count from the end. */
  at(index: number): Member {
    return memberAt(this.constructor.name, this.#list, index)
  }

  /** Adds a member at the end; returns this list. */
  append(member: Member): this {
    this.check(member)
    this.#list.push(member)
    return this
  }

  /** Adds members at the end; returns this list. */
  extend(members: Iterable<Member>): this {
    for (const member of members) this.append(member)
    return this
  }

  [Symbol.iterator](): Iterator<Member> {
    return this.#list.values()
  }

  protected *named(): Generator<readonly [string, Member]> {
    for (const [i, member] of this.#list.entries()) yield [String(i), member]
  }
}

abstract class Dict<Member> extends Container<Member> implements Iterable<[string, Member]> {
  readonly #map = new Map<string, Member>()

  constructor(members: Readonly<Record<string, Member>> = {}) {
    super()
    for (const [name, member] of Object.entries(members)) this.set(name, member)
  }

  /** The number of members. */
  get size(): number {
    return this.#map.size
  }

  has(name: string): boolean {
    return this.#map.has(name)
  }

  /** The member of a name. @throws ThinnetError TN_RANGE if there is none. */
  get(name: string): Member {
    return (
      this.#map.get(name) ??
      fail('TN_RANGE', this.constructor.name, `there is no member ${name}, only ${[...this.#map.keys()].join(', ')}`)
    )
  }

  /** Adds or replaces a member; returns this dictionary. */
  set(name: string, member: Member): this {
    this.check(member)
    if (name === '' || name.includes('.')) {
      fail('TN_RANGE', this.constructor.name, `names must not be empty or contain ".", got "${name}"`)
    }
    this.#map.set(name, member)
    return this
  }

  [Symbol.iterator](): Iterator<[string, Member]> {
    return this.#map.entries()
  }

  protected named(): Iterable<readonly [string, Member]> {
    return this.#map
  }
}

function checkModule(where: string, member: unknown): asserts member is AnyModule {
  if (!(member instanceof AnyModule)) fail('TN_DTYPE', where, `members must be modules, got ${typeof member}`)
}

function checkParameter(where: string, member: unknown): asserts member is Parameter {
  if (!(member instanceof Parameter)) fail('TN_DTYPE', where, `members must be parameters, got ${typeof member}`)
}

/**
 * A list of modules, named by their positions.
 *
 * @example readonly blocks = new nn.ModuleList([new Block(), new Block()])
 */
export class ModuleList<M extends AnyModule = Module> extends List<M> {
  protected check(member: unknown): asserts member is M {
    checkModule('ModuleList', member)
  }
}

/** Modules by name. */
export class ModuleDict<M extends AnyModule = Module> extends Dict<M> {
  protected check(member: unknown): asserts member is M {
    checkModule('ModuleDict', member)
  }
}

/** A list of parameters, named by their positions. */
export class ParameterList extends List<Parameter> {
  protected check(member: unknown): asserts member is Parameter {
    checkParameter('ParameterList', member)
  }
}

/** Parameters by name. */
export class ParameterDict extends Dict<Parameter> {
  protected check(member: unknown): asserts member is Parameter {
    checkParameter('ParameterDict', member)
  }
}
