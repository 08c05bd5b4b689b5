// What `thinnet doctor` says around the advice, which has words of its own.
import type { Dictionaries, Say } from '../../report/words.ts'

const english = {
  mistake: 'Likely a mistake',
  hint: 'Worth a try',
  why: 'Why: {reason}',
  source: 'Source: {source}',
  nothing: 'Nothing to advise.',
  noHistory: 'No history was found, so that nothing is said about the curves.',
}

const korean = {
  mistake: '실수로 보임',
  hint: '해 볼 만함',
  why: '이유: {reason}',
  source: '출처: {source}',
  nothing: '조언할 것이 없습니다.',
  noHistory: '학습 기록이 없어 곡선에 대해서는 말하지 않습니다.',
} satisfies Record<keyof typeof english, string>

export type DoctorSay = Say<keyof typeof english>

export const doctorWords: Dictionaries<keyof typeof english> = { en: english, ko: korean }
