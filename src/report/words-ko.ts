import type { english } from './words-en.ts'

/** Korean. */
export const korean = {
  title: '드롭아웃이 한 일',
  subtitle:
    '뉴런 {network}개로 된 신경망을 손글씨 숫자 {training}장으로 학습하고, 한 번도 보지 못한 {test}장으로 시험했습니다.',
  interrupted: '이 실행은 끝나기 전에 멈추었습니다. 아래는 끝난 부분까지의 결과입니다.',
  failed: '이 실행은 끝나기 전에 실패했습니다. 아래는 끝난 부분까지의 결과입니다.',

  'arm.none': '드롭아웃 없음',
  'arm.inverted': '역(inverted) 드롭아웃',
  'arm.standard': '표준 드롭아웃',
  'arm.thinned': '성긴(thinned) 드롭아웃',

  results: '결과',
  'column.arm': '학습 방법',
  'column.testError': '시험 오류',
  'column.best': '최저',
  'column.trainingError': '학습 오류',
  'column.gap': '차이',
  'column.seconds': '초',
  'column.speed': '장/초',
  'column.epoch': '에폭',
  'column.learningRate': '학습률',
  'column.loss': '학습 중 손실',
  'column.runningError': '학습 중 오류',
  'column.trainingLoss': '학습 손실',
  'column.testLoss': '시험 손실',
  'table.note':
    '시험 오류: 학습에 쓰지 않은 {test}장 가운데 마지막 에폭 뒤에 틀린 비율. 학습 오류: 학습에 쓴 것 가운데 {sample}장에서 틀린 비율. 둘 다 드롭아웃을 끄고 쟀습니다. 차이: 두 오류의 차. 초: 시험을 뺀 순수 학습 시간.',

  'verdict.better':
    '{arm}: 새 이미지 {test}장 중 {with}장을 틀렸습니다. 드롭아웃 없이는 {without}장입니다. 실수가 {fewer}장({part} %) 줄었습니다.',
  'verdict.worse':
    '{arm}: 새 이미지 {test}장 중 {with}장을 틀렸습니다. 드롭아웃 없이는 {without}장이므로, 여기서는 도움이 되지 않았습니다.',
  'verdict.same': '{arm}: 드롭아웃이 없을 때와 똑같이 새 이미지 {test}장 중 {with}장을 틀렸습니다.',
  'verdict.chance': '이만한 차이는 우연일 수도 있습니다. 다른 시드로 다시 해 보면 알 수 있습니다.',
  'verdict.short': '드롭아웃은 처음에 더 천천히 배우며, 에폭이 더 지나야 효과가 납니다. 이번 실행의 에폭: {epochs}회.',
  'verdict.gap':
    '드롭아웃이 없으면 학습한 이미지의 오류는 {none}뿐인데 새 이미지의 오류는 {noneTest}입니다. 배운 것의 일부가 학습 이미지에만 맞는다는 뜻입니다. {arm}: 각각 {with}, {withTest}입니다.',
  'verdict.forms':
    '두 가지 드롭아웃의 최종 오류: {inverted}(역), {standard}(표준). 같은 방법을 다르게 적은 것이며, 여기서는 같은 신경망에서 출발했으므로 둘의 차이는 반올림뿐입니다.',

  'verdict.faster':
    '성긴 드롭아웃은 1초에 {speed}장을 학습했습니다. 같은 시간에 {otherSpeed}장을 학습한 것({other})의 {factor}배입니다. 학습에 {otherSeconds}초가 아니라 {seconds}초가 걸렸습니다.',
  'verdict.notFaster':
    '성긴 드롭아웃은 1초에 {speed}장을 학습했습니다. {other}: 1초에 {otherSpeed}장. 여기서는 더 빠르지 않았습니다.',
  'verdict.thinnedError': '성긴 드롭아웃의 시험 오류: {error}. {other}: {otherError}.',
  'verdict.thinnedChance':
    '성긴 드롭아웃의 시험 오류: {error}. {other}: {otherError}. 이만한 차이는 우연일 수도 있습니다.',
  'verdict.thinnedSame': '성긴 드롭아웃의 시험 오류: {error}. {other}: 같은 값.',

  curves: '에폭별 변화',
  'curve.testError': '에폭별 시험 오류',
  'curve.trainingError': '에폭별 학습 오류 (드롭아웃 끔)',
  'curve.loss': '에폭별 학습 중 손실',
  'curve.time': '학습 시간별 시험 오류',
  'curve.describe': '학습 방법마다 선이 하나씩 있습니다. {lines}',
  'curve.line': '{arm}: {first}에서 {last}까지.',
  'axis.epoch': '에폭',
  'axis.percent': '오류, %',
  'axis.loss': '손실',
  'axis.seconds': '학습 시간(초)',
  'curve.lossNote':
    '학습 중 손실은 성긴 신경망(thinned network)에서 잰 값입니다. 드롭아웃은 일부러 문제를 어렵게 만들기 때문에, 완성된 신경망이 더 나쁘지 않아도 이 곡선은 드롭아웃이 없는 것보다 위에 있습니다.',
  'curve.table': '모든 값을 표로 보기',

  explanation: '드롭아웃이란 무엇이고, 무엇을 보면 되는가',
  'explain.what':
    '학습할 때 뉴런을 무작위로, 그 연결까지 모두 끕니다. 입력은 {inputP}의 확률로, 은닉 뉴런은 {p}의 확률로 끕니다. 남은 것이 성긴 신경망(thinned network)이며, 한 단계 동안 이것을 학습하고 다음 미니배치에서는 다른 것을 학습합니다. 이들은 모두 가중치를 함께 씁니다. 시험할 때는 아무것도 끄지 않습니다. 전체 신경망이 모든 성긴 신경망의 평균을 대신합니다.',
  'explain.why':
    '특정한 다른 뉴런이 늘 있으리라고 기댈 수 없는 뉴런은 혼자서도, 또 여러 조합 속에서도 쓸모가 있어야 합니다. 그래서 학습 이미지를 통째로 외우기 어려워집니다. 두 오류의 차이에서 이것이 보입니다. 충분히 오래 학습하면, 드롭아웃이 없을 때 학습 오류는 거의 0이 되지만 시험 오류는 그대로 남고, 드롭아웃이 있을 때는 둘이 더 가깝습니다.',
  'explain.scaling':
    '뉴런이 빠진 신경망은 다음 층에 전체 신경망보다 작은 합을 보냅니다. 역 드롭아웃은 이것을 학습할 때 메웁니다. 남긴 값을 1 - p로 나누므로 시험할 때는 할 일이 없습니다. 처음 논문들의 방식인 표준 드롭아웃은 그대로 학습하고, 시험할 때 1 - p를 곱합니다.',
  'explain.fair':
    '공평하게 비교하려고 표준 신경망은 역 드롭아웃 신경망을 변환한 것에서 출발합니다. 드롭아웃된 값을 읽는 가중치 행렬은 남기는 비율로 나누고, 그 학습률은 비율의 제곱으로, 최대 노름 한계는 비율로 나눕니다. 그러면 둘은 단위만 다를 뿐 같은 걸음을 걷습니다. 가중치와 학습률을 그대로 두면 표준 드롭아웃은 그저 더 느리게 배웁니다.',

  'explain.thinned':
    '역 드롭아웃과 표준 드롭아웃은 보통 하듯이 이미지마다 마스크를 뽑습니다. 이미지 {batch}장의 미니배치는 성긴 신경망 {batch}개를 학습합니다. 어느 뉴런이든 그것을 남기는 이미지가 있으므로 행렬 곱은 전부 계산하고, 꺼진 것에는 나중에 0을 곱합니다. 성긴 드롭아웃은 미니배치를 {subnets}개 묶음으로 나눕니다. 한 묶음의 이미지들은 마스크를 함께 쓰며 성긴 신경망 하나를 학습하고, 여기서 꺼진 뉴런은 순전파에서도 역전파에서도 아예 계산하지 않습니다. 나머지는 역 드롭아웃과 같습니다. 확률이 같고, 미니배치마다 마스크를 새로 뽑고, 모든 성긴 신경망이 가중치를 함께 쓰며, 시험도 같습니다. 미니배치 안의 성긴 신경망이 적으면 기울기에 잡음이 늘어납니다. 하나뿐이면 표가 나고, 여럿이면 거의 나지 않습니다. 곡선을 비교해 보세요.',

  thinning: '성기게 하면 계산이 얼마나 남는가',
  'thinning.note':
    '묶음이 {subnets}개인 성긴 드롭아웃의 경우입니다. 층은 일부가 꺼진 입력을 읽어, 일부가 꺼질 뉴런을 씁니다. 남은 입력과 남은 뉴런 사이의 곱셈만 계산합니다. 이미지 한 장의 순전파를 평균으로 센 값이며, 역전파의 비율도 같습니다. 이미지를 읽고 가중치를 옮기는 일은 줄지 않습니다. 마스크: 역전파가 끝날 때까지 미니배치에 대해 기억하는 것으로, 여기서는 묶음마다 남긴 뉴런의 목록입니다.',
  'thinning.perExample': '이미지마다 마스크가 있으면 곱셈이 모두 남고, 마스크의 크기: {memory}.',
  'column.layer': '층',
  'column.dropped': '입력의 p',
  'column.kept': '남은 입력',
  'column.multiplications': '곱셈',
  'column.left': '남는 비율',
  'column.masks': '마스크',
  'thinning.layer': '{inputs} → {outputs}',
  'thinning.kept': '{inputs}개 중 {kept}개',
  'thinning.all': '모든 층',

  features: '첫 층이 찾는 것',
  'features.note':
    '네모 하나는 첫 은닉층 뉴런 하나의 {size} x {size} 가중치입니다. 고르지 않고 앞에서부터 {count}개를 보였습니다. 밝은 픽셀은 뉴런을 흥분시키고, 어두운 픽셀은 억제하며, 중간 회색은 영향이 없습니다. 무늬가 얼마나 좁은 곳에 모여 있는지 비교해 보세요. 어떤 조합에서도 쓸모 있는 획과 점인지, 다른 뉴런과 함께여야만 뜻이 있는 전체 무늬인지 보입니다. 모든 이미지에서 검은 가장자리 픽셀은 학습되지 않아 처음의 무작위 값이 남아 있습니다.',
  'features.alt': '첫 층의 앞 뉴런 {count}개의 가중치, {arm}',

  settings: '설정',
  machine: '실행 환경',
  decisions: '실행 중에 정한 것',
  again: '다시 실행하려면',
  'again.note': '같은 컴퓨터에서 같은 명령을 실행하면 마지막 비트까지 같은 값이 나옵니다. 걸린 시간만 다릅니다.',
  made: 'thinnet {version}, {date}에 만들었습니다.',

  reportAt: '보고서: {path}',
  runAt: '파일:   {path}',
  stopped: '멈추었습니다. 끝난 부분은 남아 있습니다.',
} satisfies Record<keyof typeof english, string>
