let recording = true

/** True if operations are recorded for `backward`. */
export const isGradEnabled = (): boolean => recording

/** @internal Switches recording; who calls it restores what was before, also after an error. */
export function setGradMode(enabled: boolean): void {
  recording = enabled
}

/** Runs `body` with recording switched on or off, and restores what was before, also after an error. */
export function withGradMode<T>(enabled: boolean, body: () => T): T {
  const before = recording
  recording = enabled
  try {
    return body()
  } finally {
    recording = before
  }
}

/**
 * Runs `body` without recording: for evaluation, and for changing parameters by hand.
 *
 * @example
 * const predictions = noGrad(() => model.call(x).argmax(1))
 */
export function noGrad<T>(body: () => T): T {
  return withGradMode(false, body)
}

/** Runs `body` with recording, inside `noGrad`. */
export function enableGrad<T>(body: () => T): T {
  return withGradMode(true, body)
}
