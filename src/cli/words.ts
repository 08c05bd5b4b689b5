// What the command line says while it works, by key and language; the summary's words are the report's.
import type { Dictionaries, Language, Say } from '../report/words.ts'

const english = {
  'plan.network': '{network} on MNIST: {training} images to learn from, {test} to test with ({source})',
  'plan.backend': '{backend} kernels ({target}), threads: {threads}',
  'plan.time': 'networks: {arms}, epochs for each: {epochs}, expected time: about {time}',
  'plan.fewer':
    'Epochs: {epochs} instead of {wanted}, which would take about {estimate} here; the limit is {minutes} min. --minutes or --epochs change that.',
  'resume.at': 'Going on with {folder}: {arm}, epoch {epoch} of {epochs}.',
  'resume.start': 'Going on with {folder}, where nothing was saved yet: it begins anew.',
  'resume.finished': 'The run in {folder} is finished.',
  'resume.elsewhere':
    'It was begun by thinnet {version} with {backend} kernels ({target}): the last bits will not be those of a run that was never stopped.',
  'resume.how': 'To go on: {command}',

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
  'resume.at': '{folder} 이어서 학습: {arm}, 에폭 {epoch}/{epochs}.',
  'resume.start': '{folder}에 저장된 지점이 없어 처음부터 다시 시작합니다.',
  'resume.finished': '{folder}의 실행은 이미 끝났습니다.',
  'resume.elsewhere':
    '이 실행은 thinnet {version}의 {backend} 커널({target})로 시작되었습니다. 한 번도 멈추지 않은 실행과 마지막 비트까지 같지는 않습니다.',
  'resume.how': '이어서 하려면: {command}',

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
