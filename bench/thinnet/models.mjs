import { nn, thin } from 'thinnet'

/**
 * A network of linear layers with ReLU and dropout before each.
 *
 * @param dropout `none`, `perExample`, or how many thinned networks train on a mini-batch.
 */
export function mlp({ sizes, inputP, p, dropout, scaling = 'inverted' }) {
  const model = new nn.Sequential()
  for (const [i, outputs] of sizes.slice(1).entries()) {
    if (i > 0) model.append(new nn.ReLU())
    if (dropout !== 'none') model.append(new nn.Dropout(i === 0 ? inputP : p, { scaling }))
    model.append(new nn.Linear(sizes[i], outputs))
  }
  return typeof dropout === 'number' ? thin(model, { subnets: dropout }) : model
}
