import type { Dictionaries, Say } from './words.ts'

const english = {
  title: 'What was learnt of {target}',
  lead: '{file}: {train} rows to learn from, {validation} to choose by, {test} to test with.',
  interrupted: 'This training was stopped before its end. There is no model.',

  results: 'Results',
  'verdict.class':
    'Of {examples} rows that it never saw, the network got {error} wrong; always saying the most frequent class gets {baseline} wrong.',
  'verdict.number':
    'On {examples} rows that it never saw, its predictions were off by {rmse} (root of the mean squared error); always saying the mean is off by {baseline}.',
  'verdict.coverage': 'Of the intervals that should hold {interval} of the true values, {coverage} did.',
  'verdict.none':
    'The network does no better than that: the other columns say little about {target}, or there are too few rows.',
  'score.class.error': 'wrong',
  'score.class.baseline': 'wrong, always the most frequent class',
  'score.class.logLoss': 'log loss',
  'score.class.examples': 'test rows',
  'score.number.rmse': 'root mean squared error',
  'score.number.baseline': 'the same, always the mean',
  'score.number.mae': 'mean absolute error',
  'score.number.r2': 'explained variance, R²',
  'score.number.coverage': 'held by 90 % intervals',
  'score.number.examples': 'test rows',

  rates: 'How much to drop',
  'rates.note':
    'A network was trained for each p, the probability to drop a hidden neuron, from the same start. The one with the lowest loss on the {validation} validation rows was kept; p = 0 is for comparison, since without dropout a network says nothing about its uncertainty.',
  'rates.given': 'p was given on the command line.',
  'column.p': 'p',
  'column.loss': 'validation loss',
  'column.epochs': 'epochs',
  'column.chosen': '',
  chosen: 'chosen',

  curves: 'Learning',
  'curve.loss': 'Loss by epoch, p = {p}',
  'curve.rates': 'Validation loss by p',
  'curve.training': 'training, dropout on',
  'curve.validation': 'validation, dropout off',
  'curve.describe': 'Training loss from {first} to {last}, validation loss from {validationFirst} to a best of {best}.',
  'curve.describeRates': 'Lowest at p = {p}.',
  'axis.epoch': 'epoch',
  'axis.loss': 'loss',

  columns: 'Columns',
  'columns.note': 'Read from the training rows, and kept in the model file: new rows are read in the same way.',
  'column.name': 'column',
  'column.kind': 'read as',
  'column.inputs': 'inputs',
  'column.details': 'details',
  'kind.number': 'number',
  'kind.category': 'categories',
  'kind.ignored': 'left out',
  'details.number': 'mean {mean}, standard deviation {std}',
  'details.missing': 'some are missing',
  'details.other': 'and one for all others',
  'reason.empty': 'it has no values',
  'reason.constant': 'it is always the same',
  'reason.identifier': 'its texts hardly ever come twice',
  'reason.asked': '--ignore',
  'target.classes': 'target: {count} classes',
  'target.number': 'target: number',

  notes: 'Found on the way',
  'note.task.classification': '{target} is taken for classes: {values}. --task regression takes it for a number.',
  'note.task.regression': '{target} is taken for a number. --task classification takes it for classes.',
  'note.withoutTarget': 'Rows without a value of {target}, left out: {count}.',
  'note.unusable':
    'Rows whose {target} could not be used (not a number, or a class that no training row has): {count}.',
  'note.leftOut': 'Rows left out, because all would not fit into memory: {count}, drawn at random.',
  'note.notNumber': 'Column {column}: {count} cells are not numbers, as {example}; they count as missing.',
  'note.unseen':
    'Column {column}: {count} cells hold what no training row has, as {example}; the network gets no category for them.',
  'note.ignored': 'Column {column} is left out: {reason}.',
  'note.damaged': 'Rows that could not be read, left out: {count}. The first: {what}.',
  'note.header': 'The names of all columns are numbers: if the file has no header, say --no-header.',
  'note.withoutDropout':
    'Without dropout the validation loss is lower ({without} against {with}): --p 0 trains so, but then there is no uncertainty.',
  'note.few': 'The table is small: another --seed, and so other test rows, may give quite another result.',

  settings: 'Settings',
  machine: 'Machine',
  use: 'To predict new rows',
  again: 'To train again',
  made: 'Made by thinnet {version} on {date}.',

  plan: '{file}: {rows} rows, {inputs} inputs, {task} of {target}',
  classification: 'classification',
  regression: 'regression',
  'progress.begin': 'p = {p} ({number}/{of})',
  'progress.epoch': 'epoch {epoch}  loss {loss}  validation {validation} (best {best})',
  'progress.end': 'p = {p}: {epochs} epochs, validation loss {best}',
  reportAt: 'Report:  {path}',
  modelAt: 'Model:   {path}',
  predictWith: 'Predict: {command}',
  stopped: 'Stopped before the end: there is no model.',

  'predict.read': 'Rows predicted: {count}',
  'predict.missing':
    'the file has no column {columns}, which the model was trained on; --allow-missing takes them for missing values',
  'predict.missingTaken': 'Columns that the file does not have, taken for missing values: {columns}.',
  'predict.extra': 'Columns that the model does not know, passed through: {columns}.',
  'predict.noDropout': 'The model has no dropout: all samples are the same, and the uncertainty is 0.',
  'predict.wrote': 'Wrote {path}',
}

export type TableKey = keyof typeof english

const korean = {
  title: '{target} 예측 학습 결과',
  lead: '{file}: 학습 {train}행, 선택용 {validation}행, 시험 {test}행.',
  interrupted: '이 학습은 끝나기 전에 멈추었습니다. 모델은 없습니다.',

  results: '결과',
  'verdict.class':
    '한 번도 보지 못한 {examples}행에서 오류는 {error}입니다. 늘 가장 흔한 클래스를 답하면 오류는 {baseline}입니다.',
  'verdict.number':
    '한 번도 보지 못한 {examples}행에서 예측의 오차(평균제곱근)는 {rmse}입니다. 늘 평균을 답하면 {baseline}입니다.',
  'verdict.coverage': '참값의 {interval}를 담아야 하는 구간이 실제로는 {coverage}를 담았습니다.',
  'verdict.none': '신경망이 그보다 낫지 않습니다. 다른 열이 {target}에 대해 말해 주는 것이 적거나, 행이 너무 적습니다.',
  'score.class.error': '오류',
  'score.class.baseline': '오류(늘 가장 흔한 클래스)',
  'score.class.logLoss': '로그 손실',
  'score.class.examples': '시험 행',
  'score.number.rmse': '평균제곱근 오차',
  'score.number.baseline': '평균제곱근 오차(늘 평균)',
  'score.number.mae': '평균 절대 오차',
  'score.number.r2': '설명된 분산, R²',
  'score.number.coverage': '90 % 구간이 담은 비율',
  'score.number.examples': '시험 행',

  rates: '얼마나 끌 것인가',
  'rates.note':
    '은닉 뉴런을 끌 확률 p마다 같은 출발점에서 신경망을 하나씩 학습했습니다. 선택용 {validation}행에서 손실이 가장 낮은 것을 남겼습니다. p = 0은 비교를 위한 것입니다. 드롭아웃이 없는 신경망은 자신의 불확실성에 대해 아무 말도 하지 않기 때문입니다.',
  'rates.given': 'p는 명령줄에서 주어졌습니다.',
  'column.p': 'p',
  'column.loss': '선택용 손실',
  'column.epochs': '에폭',
  'column.chosen': '',
  chosen: '선택',

  curves: '학습 과정',
  'curve.loss': '에폭별 손실, p = {p}',
  'curve.rates': 'p별 선택용 손실',
  'curve.training': '학습(드롭아웃 켬)',
  'curve.validation': '선택용(드롭아웃 끔)',
  'curve.describe': '학습 손실은 {first}에서 {last}까지, 선택용 손실은 {validationFirst}에서 시작해 최저 {best}.',
  'curve.describeRates': 'p = {p}에서 가장 낮습니다.',
  'axis.epoch': '에폭',
  'axis.loss': '손실',

  columns: '열',
  'columns.note': '학습 행에서 알아낸 것이며 모델 파일에 들어 있습니다. 새 행도 똑같이 읽습니다.',
  'column.name': '열',
  'column.kind': '종류',
  'column.inputs': '입력',
  'column.details': '내용',
  'kind.number': '수',
  'kind.category': '범주',
  'kind.ignored': '제외',
  'details.number': '평균 {mean}, 표준편차 {std}',
  'details.missing': '빠진 값 있음',
  'details.other': '그 밖의 것 하나',
  'reason.empty': '값이 없음',
  'reason.constant': '늘 같은 값',
  'reason.identifier': '같은 글이 거의 두 번 나오지 않음',
  'reason.asked': '--ignore',
  'target.classes': '목표: 클래스 {count}개',
  'target.number': '목표: 수',

  notes: '알아 둘 것',
  'note.task.classification': '{target} 열을 클래스로 봅니다: {values}. 수로 보려면 --task regression 옵션을 쓰세요.',
  'note.task.regression': '{target} 열을 수로 봅니다. 클래스로 보려면 --task classification 옵션을 쓰세요.',
  'note.withoutTarget': '{target} 값이 없어 뺀 행: {count}.',
  'note.unusable': '{target} 값을 쓸 수 없는 행(수가 아니거나, 학습 행에 없는 클래스): {count}.',
  'note.leftOut': '메모리에 다 들어가지 않아 무작위로 뺀 행: {count}.',
  'note.notNumber': '{column} 열: 수가 아닌 칸 {count}개(예: {example}). 빠진 값으로 봅니다.',
  'note.unseen': '{column} 열: 학습 행에 없는 값을 담은 칸 {count}개(예: {example}). 어느 범주도 아닌 것으로 봅니다.',
  'note.ignored': '{column} 열은 뺍니다: {reason}.',
  'note.damaged': '읽을 수 없어 뺀 행: {count}. 첫 번째: {what}.',
  'note.header': '모든 열의 이름이 수입니다. 파일에 머리글이 없다면 --no-header 옵션을 쓰세요.',
  'note.withoutDropout':
    '드롭아웃이 없을 때 선택용 손실이 더 낮습니다({without}, 있을 때 {with}). --p 0 옵션은 그렇게 학습하지만, 불확실성은 알 수 없습니다.',
  'note.few': '표가 작습니다. --seed를 바꾸어 시험 행이 달라지면 결과도 꽤 달라질 수 있습니다.',

  settings: '설정',
  machine: '실행 환경',
  use: '새 행을 예측하려면',
  again: '다시 학습하려면',
  made: 'thinnet {version}, {date}에 만들었습니다.',

  plan: '{file}: {rows}행, 입력 {inputs}개, {target} {task}',
  classification: '분류',
  regression: '회귀',
  'progress.begin': 'p = {p} ({number}/{of})',
  'progress.epoch': '에폭 {epoch}  손실 {loss}  선택용 {validation} (최저 {best})',
  'progress.end': 'p = {p}: 에폭 {epochs}회, 선택용 손실 {best}',
  reportAt: '보고서: {path}',
  modelAt: '모델:   {path}',
  predictWith: '예측:   {command}',
  stopped: '끝나기 전에 멈추었습니다. 모델은 없습니다.',

  'predict.read': '예측한 행: {count}',
  'predict.missing':
    '모델이 학습한 다음 열이 파일에 없습니다: {columns}. 빠진 값으로 보려면 --allow-missing 옵션을 쓰세요',
  'predict.missingTaken': '파일에 없어 빠진 값으로 본 열: {columns}.',
  'predict.extra': '모델이 모르는 열이라 그대로 옮깁니다: {columns}.',
  'predict.noDropout': '모델에 드롭아웃이 없습니다. 모든 표본이 같으므로 불확실성은 0입니다.',
  'predict.wrote': '저장: {path}',
} satisfies Record<TableKey, string>

export type TableSay = Say<TableKey>

/** What `thinnet train` and `thinnet predict` say, and the report of a table. */
export const tableWords: Dictionaries<TableKey> = { en: english, ko: korean }
