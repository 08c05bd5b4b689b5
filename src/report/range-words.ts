import type { Dictionaries, Say } from './words.ts'

const english = {
  title: 'Which learning rate the network bears',
  lead: 'A range test of {network} on {images} handwritten digits, with dropout and without.',
  plan: 'Range test of {network} on MNIST, {images} images ({source})',
  'plan.backend': '{backend} kernels ({target}), threads: {threads}',
  'progress.with': '{percent} %, with dropout: learning rate {lr}, loss {loss}',
  'progress.without': '{percent} %, without dropout: learning rate {lr}, loss {loss}',

  result: 'Result',
  'run.with': 'with dropout',
  'run.without': 'without dropout',
  'column.run': 'training',
  'column.steepest': 'falls fastest at',
  'column.lowest': 'lowest at',
  'column.diverged': 'beyond bounds at',
  'column.suggestion': 'suggestion',
  never: 'never',

  curve: 'The curves',
  'curve.title': 'Smoothed loss by learning rate',
  'curve.describe': 'The loss falls as the rate grows, and rises beyond what the network bears. {lines}',
  'curve.line': '{run}: lowest at a rate of {lowest}.',
  'axis.lr': 'learning rate',
  'axis.loss': 'loss',
  'curve.note':
    'Each step takes one mini-batch and a rate a constant factor above the last. The line is the mean of the losses so far, each counting 0.9 times the next. What is far above the start is cut off.',

  how: 'How to read it',
  'how.text':
    'On the left the rate is too small for anything to happen. Where the line falls most steeply the network learns fastest; at its lowest point single mini-batches begin to undo what was learnt, and beyond it the weights grow out of all bounds. Train with a rate well to the left of that point. The test shows the first steps only: with a schedule that lowers the rate, training can begin higher.',
  'how.source': 'L. Smith 2015, Cyclical learning rates for training neural networks, arXiv 1506.01186, section 3.3.',

  settings: 'Settings',
  machine: 'Machine',
  again: 'To run it again',
  made: 'Made by thinnet {version} on {date}.',
  reportAt: 'Report: {path}',
  runAt: 'Files:  {path}',
}

export type RangeKey = keyof typeof english

const korean = {
  title: '신경망이 견디는 학습률',
  lead: '신경망 {network}의 학습률 범위 시험입니다. 손글씨 숫자 {images}장으로, 드롭아웃이 있을 때와 없을 때를 쟀습니다.',
  plan: 'MNIST {images}장으로 {network}의 학습률 범위 시험 ({source})',
  'plan.backend': '{backend} 커널({target}), 스레드 {threads}개',
  'progress.with': '{percent} %, 드롭아웃 있음: 학습률 {lr}, 손실 {loss}',
  'progress.without': '{percent} %, 드롭아웃 없음: 학습률 {lr}, 손실 {loss}',

  result: '결과',
  'run.with': '드롭아웃 있음',
  'run.without': '드롭아웃 없음',
  'column.run': '학습 방법',
  'column.steepest': '가장 빨리 줄어드는 곳',
  'column.lowest': '가장 낮은 곳',
  'column.diverged': '발산하는 곳',
  'column.suggestion': '제안',
  never: '없음',

  curve: '곡선',
  'curve.title': '학습률별 평활 손실',
  'curve.describe': '학습률이 커지면 손실이 줄다가, 신경망이 견디는 한계를 넘으면 늘어납니다. {lines}',
  'curve.line': '{run}: 학습률 {lowest}에서 가장 낮음.',
  'axis.lr': '학습률',
  'axis.loss': '손실',
  'curve.note':
    '한 단계마다 미니배치 하나를 쓰고, 학습률을 일정한 배수로 키웁니다. 선은 그때까지의 손실을 평균 낸 것이며, 앞의 손실은 다음 것의 0.9배로 칩니다. 처음보다 훨씬 큰 값은 잘랐습니다.',

  how: '읽는 법',
  'how.text':
    '왼쪽에서는 학습률이 너무 작아 아무 일도 일어나지 않습니다. 선이 가장 가파르게 내려가는 곳에서 가장 빨리 배웁니다. 가장 낮은 곳에서는 미니배치 하나하나가 배운 것을 되돌리기 시작하고, 그 너머에서는 가중치가 끝없이 커집니다. 그보다 넉넉히 왼쪽의 학습률로 학습하세요. 이 시험은 처음 몇 단계만 보여 줍니다. 학습률을 낮춰 가는 일정을 쓰면 더 높게 시작할 수 있습니다.',
  'how.source': 'L. Smith 2015, Cyclical learning rates for training neural networks, arXiv 1506.01186, 3.3절.',

  settings: '설정',
  machine: '실행 환경',
  again: '다시 실행하려면',
  made: 'thinnet {version}, {date}에 만들었습니다.',
  reportAt: '보고서: {path}',
  runAt: '파일:   {path}',
} satisfies Record<RangeKey, string>

export type RangeSay = Say<RangeKey>

/** What the report of `thinnet lr-range` says, and the command. */
export const rangeWords: Dictionaries<RangeKey> = { en: english, ko: korean }
