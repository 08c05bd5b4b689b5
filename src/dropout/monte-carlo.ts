import { fail } from '../backend/errors.ts'
import { type AnyModule, checkBoolean } from '../module/index.ts'
import { NoiseLayer } from './layer.ts'

/**
 * Makes every layer of a model that draws noise go on drawing in evaluation (its `mc` becomes true), while all else,
 * batch normalisation above all, evaluates: Monte Carlo dropout (Gal & Ghahramani 2016, arXiv 1506.02142). Each call of
 * the evaluated model is then a sample of its prediction; their mean is the prediction, their spread says how far to
 * trust it. Returns the model, which is changed in place.
 *
 * Functional forms are not reached: give them `{ training: true }`.
 *
 * @param on `false` undoes it.
 * @throws ThinnetError TN_STATE if no layer of the model draws noise.
 * @example
 * const model = mcDropout(new nn.Sequential(new nn.Linear(4, 64), new nn.ReLU(), new nn.Dropout(0.5), new nn.Linear(64, 1)))
 * model.eval()
 * const samples = stack(Array.from({ length: 100 }, () => model.call(x)))
 * const [mean, deviation] = [samples.mean(0), samples.std(0)]
 */
export function mcDropout<M extends AnyModule>(model: M, on = true): M {
  checkBoolean('mcDropout', 'on', on)
  const layers = [...model.modules()].filter((module) => module instanceof NoiseLayer)
  if (layers.length === 0)
    fail('TN_STATE', 'mcDropout', 'no layer of the model draws noise, so that all samples are one')
  for (const layer of layers) layer.mc = on
  return model
}
