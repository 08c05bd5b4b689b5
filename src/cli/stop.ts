import { Interrupted } from './failure.ts'

/** A signal that is aborted when the user or the system asks the process to stop. */
export interface Stop {
  readonly signal: AbortSignal
  /** Stops listening. */
  end(): void
}

const signals = ['SIGINT', 'SIGTERM'] as const

/** Turns the first Ctrl-C (or SIGTERM) into an abort, with `Interrupted` for its reason; a second one ends the process. */
export function listenForStop(): Stop {
  const controller = new AbortController()
  const end = () => {
    for (const name of signals) process.off(name, abort)
  }
  const abort = () => {
    controller.abort(new Interrupted('stopped by the user'))
    end() // what the system does with a second one is what happens then
  }
  for (const name of signals) process.on(name, abort)
  return { signal: controller.signal, end }
}
