/** English. */
export const english = {
  title: 'What dropout did',
  subtitle:
    'A network of {network} neurons, trained on {training} handwritten digits, tested on {test} that it never saw.',
  interrupted: 'This run was stopped before its end. What follows is what was finished.',
  failed: 'This run failed before its end. What follows is what was finished.',

  'arm.none': 'without dropout',
  'arm.inverted': 'inverted dropout',
  'arm.standard': 'standard dropout',
  'arm.thinned': 'thinned dropout',

  results: 'Results',
  'column.arm': 'training',
  'column.testError': 'test error',
  'column.best': 'best',
  'column.trainingError': 'train error',
  'column.gap': 'gap',
  'column.seconds': 'seconds',
  'column.speed': 'images/s',
  'column.epoch': 'epoch',
  'column.learningRate': 'learning rate',
  'column.loss': 'loss while training',
  'column.runningError': 'error while training',
  'column.trainingLoss': 'training loss',
  'column.testLoss': 'test loss',
  'table.note':
    'Test error: the share of {test} images, never learnt from, that the network names wrongly after the last epoch. Train error: the same for {sample} of the images that it did learn from. Both with dropout off. Gap: the difference of the two. Seconds: training alone, without the tests.',

  'verdict.better':
    'With {arm} the network got {with} of {test} new images wrong, without dropout {without}: {fewer} fewer mistakes ({part} % fewer).',
  'verdict.worse':
    'With {arm} the network got {with} of {test} new images wrong, without dropout {without}: dropout did not help here.',
  'verdict.same':
    'With {arm} and without dropout the network got the same number of new images wrong: {with} of {test}.',
  'verdict.chance': 'A difference this small could also be chance; another seed will tell.',
  'verdict.short':
    'Dropout learns more slowly at first, and pays only after more epochs. Epochs in this run: {epochs}.',
  'verdict.gap':
    'Without dropout the training images themselves go wrong in only {none} of cases, but new ones in {noneTest}: part of what it learnt is true of the training images alone. With {arm} it is {with} and {withTest}.',
  'verdict.forms':
    'The two forms of dropout ended at {inverted} and {standard}. They are the same method written in two ways; here they began as the same network, and only the rounding of numbers differs between them.',

  'verdict.faster':
    'Thinned dropout learnt from {speed} images a second, {other} from {otherSpeed}: {factor} times as many. Training took {seconds} s instead of {otherSeconds} s.',
  'verdict.notFaster':
    'Thinned dropout learnt from {speed} images a second, {other} from {otherSpeed}: it was not faster here.',
  'verdict.thinnedError': 'Its test error is {error}, that of {other} {otherError}.',
  'verdict.thinnedChance':
    'Its test error is {error}, that of {other} {otherError}: a difference this small could also be chance.',
  'verdict.thinnedSame': 'Its test error is {error}, that of {other} the same.',

  curves: 'Epoch by epoch',
  'curve.testError': 'Test error by epoch',
  'curve.trainingError': 'Training error by epoch, dropout off',
  'curve.loss': 'Loss while training, by epoch',
  'curve.time': 'Test error by training time',
  'curve.describe': 'A line for each way of training. {lines}',
  'curve.line': '{arm}: from {first} to {last}.',
  'axis.epoch': 'epoch',
  'axis.percent': 'wrong, %',
  'axis.loss': 'loss',
  'axis.seconds': 'seconds of training',
  'curve.lossNote':
    'The loss while training is measured on thinned networks: dropout makes the task harder on purpose, so its curves lie above the one without dropout although the finished network is no worse.',
  'curve.table': 'All numbers as a table',

  explanation: 'What dropout is, and what to look for',
  'explain.what':
    'In training, neurons are switched off at random, with all their connections: an input with probability {inputP}, a hidden neuron with probability {p}. What is left is a thinned network; it is trained for one step, and the next mini-batch trains others. All of them share their weights. In the test nothing is switched off: the whole network stands for the average of all the thinned ones.',
  'explain.why':
    'A neuron that cannot rely on particular others being there has to be useful by itself, and in many companies. That keeps the network from learning the training images by heart. Look at the gap for it: in a training that is long enough, the training error without dropout falls to almost nothing while the test error stays; with dropout the two stay closer together.',
  'explain.scaling':
    'A network with neurons missing sends smaller sums to the next layer than the whole one does. Inverted dropout makes up for it in training: it divides what it keeps by 1 - p, and the test needs nothing. Standard dropout, the form of the first papers, trains as it is and multiplies by 1 - p in the test.',
  'explain.fair':
    'To compare like with like, the standard network starts as the inverted one converted: each weight matrix that reads dropped values is divided by the share of them that is kept, its learning rate by the square of that share, and its max-norm bound by the share. Then both take the same steps, written in different units. With the same weights and the same learning rate, standard dropout would simply learn more slowly.',

  'explain.thinned':
    'Inverted and standard dropout draw a mask for each image, as is usual: a mini-batch of {batch} images trains {batch} thinned networks. Some image keeps each neuron, so that the whole of every product is computed, and what was dropped is then multiplied by 0. Thinned dropout cuts the mini-batch into {subnets} groups of images. The images of a group share their mask and train one thinned network, and its dropped neurons are not computed at all, forward or backward. Everything else is as in inverted dropout: the probabilities, new masks for each mini-batch, the weights that all thinned networks share, and the test. Fewer thinned networks in a mini-batch make its gradient noisier; with a single one that is felt, with several hardly: compare the curves.',

  thinning: 'What thinning leaves of the arithmetic',
  'thinning.note':
    'For thinned dropout with {subnets} groups. A layer reads inputs of which some are dropped, and writes neurons of which some are dropped; the multiplications that are left are those between a kept input and a kept neuron. Counted is one image, forward, in the mean; backward has the same share. Reading the images and moving the weights are not thinned. Masks: what is remembered of a mini-batch until backward has passed, here the lists of what each group keeps.',
  'thinning.perExample': 'With a mask for each image all multiplications are left, and masks take {memory}.',
  'column.layer': 'layer',
  'column.dropped': 'p of inputs',
  'column.kept': 'inputs kept',
  'column.multiplications': 'multiplications',
  'column.left': 'left',
  'column.masks': 'masks',
  'thinning.layer': '{inputs} to {outputs}',
  'thinning.kept': '{kept} of {inputs}',
  'thinning.all': 'all layers',

  features: 'What the first layer looks for',
  'features.note':
    'Each square shows the {size} x {size} weights of one neuron of the first hidden layer, the first {count} in order, none chosen. Bright pixels excite it, dark ones hold it back, mid-grey ones do not matter to it. Compare how local the patterns are: strokes and spots that are useful in any company, or a texture over the whole square that only makes sense together with other neurons. Pixels at the edge that are black in every image never learn and keep the random values they started with.',
  'features.alt': 'Weights of the first {count} neurons of the first layer, {arm}',

  settings: 'Settings',
  machine: 'Machine',
  decisions: 'Decided on the way',
  again: 'To run it again',
  'again.note': 'The same command on the same machine gives the same numbers to the last bit; only the times differ.',
  made: 'Made by thinnet {version} on {date}.',

  reportAt: 'Report: {path}',
  runAt: 'Files:  {path}',
  stopped: 'Stopped. What was finished is kept.',
}
