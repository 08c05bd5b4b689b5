// What dropout does, in numbers: in training each call runs another thinned network; their average comes near to the one
// pass of evaluation.
import { manualSeed, nn, noGrad, rand, stack } from 'thinnet'

manualSeed(0)
const model = new nn.Sequential(new nn.Linear(20, 200), new nn.ReLU(), new nn.Dropout(0.5), new nn.Linear(200, 1))
const x = rand([1, 20])

noGrad(() => {
  model.train()
  const votes = stack(Array.from({ length: 1000 }, () => model.call(x)))
  model.eval()
  console.log('three thinned networks ', votes.narrow(0, 0, 3).flatten().toString())
  console.log('average of 1,000       ', votes.mean().item().toFixed(4))
  console.log('the whole network      ', model.call(x).item().toFixed(4))
})
