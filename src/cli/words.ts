// What the command line says while it works, by key and language; the summary's words are the report's.
import type { Dictionaries, Language, Say } from '../report/words.ts'

const english = {
  'plan.network': '{network} on MNIST: {training} images to learn from, {test} to test with ({source})',
  'plan.backend': '{backend} kernels ({target}), threads: {threads}',
  'plan.time': 'networks: {arms}, epochs for each: {epochs}, expected time: about {time}',
  'plan.fewer':
    'Epochs: {epochs} instead of {wanted}, which would take about {estimate} here; the limit is {minutes} min. --minutes or --epochs change that.',

  'progress.waiting': 'waiting',
  'progress.starting': 'starting',
  'progress.left': '{time} left',
  'progress.loss': 'loss {loss}',
  'progress.error': 'error {error}',
  'progress.speed': '{speed}/s',
  'progress.test': 'test error {error}',
  'progress.training': 'train error {error}',
  'progress.epochLine':
    '{arm}: epoch {epoch}/{epochs}, loss {loss}, train error {trainingError}, test error {testError}, {speed} images/s, {seconds} s',
}

export type CliKey = keyof typeof english

const korean = {
  'plan.network': 'MNIST, {network}: 학습 이미지 {training}장, 시험 이미지 {test}장 ({source})',
  'plan.backend': '{backend} 커널({target}), 스레드 {threads}개',
  'plan.time': '신경망 {arms}개, 에폭 {epochs}회씩, 약 {time}',
  'plan.fewer':
    '에폭을 {wanted}회 대신 {epochs}회만 학습합니다. {wanted}회는 이 컴퓨터에서 약 {estimate} 걸리며, 한도는 {minutes}분입니다. --minutes 또는 --epochs 옵션으로 바꿀 수 있습니다.',

  'progress.waiting': '대기',
  'progress.starting': '시작',
  'progress.left': '{time} 남음',
  'progress.loss': '손실 {loss}',
  'progress.error': '오류 {error}',
  'progress.speed': '{speed}장/초',
  'progress.test': '시험 오류 {error}',
  'progress.training': '학습 오류 {error}',
  'progress.epochLine':
    '{arm}: 에폭 {epoch}/{epochs}, 손실 {loss}, 학습 오류 {trainingError}, 시험 오류 {testError}, {speed}장/초, {seconds}초',
} satisfies Record<CliKey, string>

export type CliSay = Say<CliKey>

export const cliWords: Dictionaries<CliKey> = { en: english, ko: korean }

/** A rough time in words: `45 sec`, `4 min`. */
export function duration(seconds: number, language: Language): string {
  const [value, unit] = seconds < 100 ? [seconds, 'second'] : [seconds / 60, 'minute']
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 0 }).format(Math.max(1, value))
}
