import type { Dictionaries, Say } from './words.ts'

const english = {
  results: 'Results',
  'column.what': 'what',
  'column.paper': 'paper',
  'column.ours': 'here',
  'column.runs': 'runs',
  source: 'The column "paper" is from {place} of {paper}.',
  spread:
    'Of several runs, with other seeds, the mean and the standard deviation. Every number in "here" is of the last epoch, never of the best one.',
  unfinished: '{done} of {of} trainings are finished; --resume goes on.',
  quick:
    'This is the quick size: smaller networks, fewer images, fewer epochs. It shows the direction, not the numbers of the paper.',
  heldOut:
    'Trained on 50,000 images and scored on the 10,000 training images that were held out: for choosing settings, not for comparison with the paper.',
  settings: 'Settings',
  machine: 'Machine',
  notes: 'Notes',
  again: 'To run it again, or to go on',
  time: 'The finished trainings took {minutes} minutes.',
  made: 'Made by thinnet {version} on {date}.',

  'list.head': 'Experiments:',
  'plan.units': 'trainings: {of}, finished already: {done}',
  'plan.data': '{training} images to learn from, {test} to test with ({source})',
  'unit.begin': '({number}/{of}) {unit}',
  'unit.step': 'epoch {epoch}/{epochs}  loss {loss}  test {test}  {time} left',
  'unit.end': '({number}/{of}) {unit}: {result}',
  'unit.error': 'error {error} after {epochs} epochs, {minutes} min',
  'unit.table': 'root mean squared error {rmse}, log likelihood {likelihood}',
  reportAt: 'Report: {path}',
  runAt: 'Files:  {path}',
  stopped: 'Stopped. What was finished is kept; --resume goes on, also in the middle of a training.',

  'axis.error': 'wrong, %',
  'axis.epoch': 'epoch',
  'axis.p': 'probability to drop',
  'axis.images': 'training images',
  'axis.networks': 'thinned networks',
  'column.error': 'Test error',
  'column.training': 'Training error',
  'column.rmse': 'Root mean squared error',
  'column.likelihood': 'Log likelihood of a test row',
  'label.test': 'test',
  'label.training': 'training',
  'label.with': 'with dropout',
  'label.without': 'without dropout',
}

export type ReproduceKey = keyof typeof english

const korean = {
  results: '결과',
  'column.what': '항목',
  'column.paper': '논문',
  'column.ours': '여기',
  'column.runs': '횟수',
  source: '"논문" 열의 출처: {paper}, {place}.',
  spread:
    '시드를 바꾸어 여러 번 학습한 것은 평균과 표준편차입니다. "여기" 열의 값은 모두 마지막 에폭의 것이며, 가장 좋았던 에폭의 것이 아닙니다.',
  unfinished: '학습 {of}건 가운데 {done}건이 끝났습니다. --resume 옵션으로 이어서 할 수 있습니다.',
  quick: '빠른 크기입니다. 신경망이 작고 이미지와 에폭이 적습니다. 논문의 값이 아니라 방향을 보여 줍니다.',
  heldOut:
    '이미지 50,000장으로 학습하고 따로 떼어 둔 학습 이미지 10,000장에서 쟀습니다. 설정을 고르기 위한 것이며 논문과 비교하기 위한 것이 아닙니다.',
  settings: '설정',
  machine: '실행 환경',
  notes: '알아 둘 것',
  again: '다시 실행하거나 이어서 하려면',
  time: '끝난 학습에 {minutes}분이 걸렸습니다.',
  made: 'thinnet {version}, {date}에 만들었습니다.',

  'list.head': '실험:',
  'plan.units': '학습 {of}건, 이미 끝난 것 {done}건',
  'plan.data': '학습 이미지 {training}장, 시험 이미지 {test}장 ({source})',
  'unit.begin': '({number}/{of}) {unit}',
  'unit.step': '에폭 {epoch}/{epochs}  손실 {loss}  시험 {test}  {time} 남음',
  'unit.end': '({number}/{of}) {unit}: {result}',
  'unit.error': '오류 {error}, 에폭 {epochs}회, {minutes}분',
  'unit.table': '평균제곱근 오차 {rmse}, 로그 가능도 {likelihood}',
  reportAt: '보고서: {path}',
  runAt: '파일:   {path}',
  stopped: '멈추었습니다. 끝난 것은 남아 있으며, --resume 옵션으로 학습 도중부터라도 이어서 할 수 있습니다.',

  'axis.error': '오류, %',
  'axis.epoch': '에폭',
  'axis.p': '끄는 확률',
  'axis.images': '학습 이미지',
  'axis.networks': '성긴 신경망의 수',
  'column.error': '시험 오류',
  'column.training': '학습 오류',
  'column.rmse': '평균제곱근 오차',
  'column.likelihood': '시험 행의 로그 가능도',
  'label.test': '시험',
  'label.training': '학습',
  'label.with': '드롭아웃 있음',
  'label.without': '드롭아웃 없음',
} satisfies Record<ReproduceKey, string>

export type ReproduceSay = Say<ReproduceKey>

/** What `thinnet reproduce` and its report say. */
export const reproduceWords: Dictionaries<ReproduceKey> = { en: english, ko: korean }
