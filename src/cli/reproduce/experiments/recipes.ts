import type { Source } from '../../../report/reproduction.ts'
import type { Drop, Recipe } from '../experiment.ts'

export const srivastava = (place: string): Source => ({
  paper:
    'Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: Dropout: A Simple Way to Prevent Neural Networks from Overfitting, JMLR 15 (2014)',
  place,
  url: 'https://jmlr.org/papers/v15/srivastava14a.html',
})

/** The paper's choice for MNIST: inputs are dropped with 0.2, hidden neurons with 0.5. */
export const usualDrop: Drop = { kind: 'bernoulli', inputP: 0.2, p: 0.5 }
export const noDrop: Drop = { kind: 'none' }

/** Chosen on 10,000 held-out training images (`--held-out`), for 784-1024-1024-1024-10 with the usual dropout. */
export const fullRecipe: Recipe = { epochs: 200, batch: 128, lr: 0.3, momentum: 0.95, momentumEpochs: 5, maxNorm: 2 }

export const quickRecipe: Recipe = { epochs: 30, batch: 64, lr: 0.5, momentum: 0.9, momentumEpochs: 2, maxNorm: 1.5 }

/** Images of the quick size. */
export const quickImages = 10_000

/** A recipe without a setting. */
export const without = <Key extends keyof Recipe>(recipe: Recipe, key: Key): Omit<Recipe, Key> => {
  const { [key]: _, ...rest } = recipe
  return rest
}
