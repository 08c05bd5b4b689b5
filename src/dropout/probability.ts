import { fail, failAsPyTorch } from '../backend/errors.ts'
import { numberText } from '../module/index.ts'

function outOfRange(where: string, p: number): never {
  const range = 'dropout probability has to be between 0 and 1'
  return failAsPyTorch('TN_RANGE', where, `${range}, but got ${numberText(p)}`)
}

/** What a constructor checks: as in PyTorch NaN passes, and fails at the call. Returns p. */
export function checkGivenProbability(where: string, p: number): number {
  if (typeof p !== 'number') fail('TN_RANGE', where, `p must be a number, the probability to drop, got ${String(p)}`)
  if (p < 0 || p > 1) outOfRange(where, p)
  return p
}

/** What a call checks before all else: p is a number in [0, 1]. */
export function checkProbability(where: string, p: number): void {
  checkGivenProbability(where, p)
  if (Number.isNaN(p)) outOfRange(where, p)
}
