// Generated from kernels/table.def by scripts/generate-kernels.mjs; do not edit.

/** An address in the backend's address space; 0 where an optional operand is absent. */
export type Address = number

/** Every kernel. Sizes, strides and flags are whole numbers; strides count elements. */
export interface Kernels {
  gemm(dtype: number, batch: number, m: number, n: number, k: number, a: Address, aBatch: number, aRow: number, aCol: number, b: Address, bBatch: number, bRow: number, bCol: number, c: Address, cBatch: number, cRow: number, alpha: number, accumulate: number, aRows: Address, aInner: Address, bInner: Address, bCols: Address, bias: Address, activation: number, mask: Address, scale: number): void
}
