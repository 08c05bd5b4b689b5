import { reproduceWords } from '../../../report/reproduce-words.ts'
import { speaker } from '../../../report/words.ts'
import type { Experiment, TableUnit } from '../experiment.ts'

/** Random splits of the rows, as in the paper. */
const splits = 20
const quickSplits = 3

export const regressionExperiment: Experiment = {
  name: 'gal2016-regression',
  title: { en: 'Regression that knows how sure it is', ko: '얼마나 확실한지 아는 회귀' },
  about: {
    en: 'A network with one hidden layer of 50 neurons, dropout on, learns to predict a number; its thinned networks together give a distribution. Scored by the error of its mean, and by the log likelihood that the distribution gives to what was observed, over random splits of the rows.',
    ko: '뉴런 50개짜리 은닉층 하나와 드롭아웃이 있는 신경망이 수를 예측하도록 학습합니다. 성긴 신경망들이 모여 분포를 이룹니다. 행을 무작위로 여러 번 나누어, 평균의 오차와 관측값에 분포가 주는 로그 가능도를 잽니다.',
  },
  source: {
    paper:
      'Gal, Ghahramani: Dropout as a Bayesian Approximation: Representing Model Uncertainty in Deep Learning, ICML 2016',
    place: 'Table 1, Boston housing, column Dropout',
    url: 'https://arxiv.org/abs/1506.02142',
  },
  notes: [
    {
      en: 'The paper’s figures are of the Boston housing table, which is the one that is looked for where --table names no other. Its column b counts residents by race: it is here to reproduce a published number, not as an example of what to predict prices from.',
      ko: '논문의 값은 보스턴 주택 표의 것이며, --table로 다른 표를 주지 않으면 이 표를 찾습니다. 이 표의 b 열은 주민을 인종으로 센 것입니다. 발표된 값을 재현하려고 쓸 뿐, 집값을 무엇으로 예측할지 보여 주는 예가 아닙니다.',
    },
    {
      en: 'Probability to drop and noise are chosen by a tenth of the rows that is neither trained on nor tested with, for each split.',
      ko: '끄는 확률과 잡음은 나눌 때마다 학습에도 시험에도 쓰지 않는 행 10 %로 고릅니다.',
    },
  ],
  units: ({ quick, seeds, epochs }) =>
    Array.from({ length: seeds ?? (quick ? quickSplits : splits) }, (_, seed): TableUnit => {
      return {
        kind: 'table',
        id: `split-seed${seed}`,
        hidden: [50],
        rates: quick ? [0.05] : [0.005, 0.01, 0.05, 0.1],
        epochs: epochs ?? (quick ? 60 : 600),
        batch: 32,
        lr: 0.005,
        seed,
      }
    }),
  findings(results, units, language) {
    const say = speaker(reproduceWords, language)
    const found = units.flatMap(({ id }) => {
      const result = results.get(id)
      return result?.kind === 'table' ? [result] : []
    })
    const label = { en: 'MC dropout', ko: 'MC 드롭아웃' }[language]
    const row = (paper: string, values: readonly number[]) => ({ label, paper, values, of: units.length })
    return {
      tables: [
        {
          title: say('column.rmse'),
          unit: 'number',
          rows: [
            row(
              '2.97',
              found.map(({ rmse }) => rmse),
            ),
          ],
        },
        {
          title: say('column.likelihood'),
          unit: 'number',
          rows: [
            row(
              '-2.46',
              found.map((one) => one.logLikelihood),
            ),
          ],
        },
      ],
      charts: [],
      sentences: [],
    }
  },
}
