// Rules about dropout that is on when it should be off.
import { defineRule } from '../rule.ts'

export const drawsInEvaluation = defineRule<{ readonly name: string }>({
  id: 'functional-dropout-in-evaluation',
  severity: 'mistake',
  applies: ({ drawsInEvaluation: name }) => (name === undefined ? [] : [{ name }]),
  advice: {
    en: ({ name }) =>
      `Pass the mode on in ${name}: \`F.dropout(x, p, { training: this.training })\`, or use \`nn.Dropout\`.`,
    ko: ({ name }) =>
      `${name}에서 모드를 넘기세요: \`F.dropout(x, p, { training: this.training })\`. 또는 \`nn.Dropout\`을 쓰세요.`,
  },
  reason: {
    en: () =>
      'The same input gave different outputs in evaluation: functional dropout drops unless it is told not to, and `eval()` does not reach it.',
    ko: () =>
      '평가 모드에서 같은 입력의 출력이 서로 달랐습니다. 함수형 드롭아웃은 끄라고 하지 않으면 항상 동작하며, `eval()`이 닿지 않습니다.',
  },
  source: 'PyTorch, torch.nn.functional.dropout: training=True is the default',
})

export const leftInTraining = defineRule<{ readonly names: readonly string[] }>({
  id: 'left-in-training-mode',
  severity: 'mistake',
  applies: ({ leftInTraining: names }) => (names.length === 0 ? [] : [{ names }]),
  advice: {
    en: ({ names }) => `Call \`model.eval()\` before testing; in training mode: ${names.join(', ')}.`,
    ko: ({ names }) => `시험하기 전에 \`model.eval()\`을 부르세요. 학습 모드인 층: ${names.join(', ')}.`,
  },
  reason: {
    en: () =>
      'What would be tested is a random thinned network, not the whole one that stands for their average; and batch normalisation would learn from the test examples.',
    ko: () =>
      '이대로는 평균을 대신하는 전체 신경망이 아니라 무작위로 고른 성긴 신경망 하나를 시험하게 되고, 배치 정규화는 시험 예제에서 배우게 됩니다.',
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, section 4: no dropout at test time',
})
