import type { Patient } from './patient.ts'

/** The languages in which advice is given. */
export type AdviceLanguage = 'en' | 'ko'

/** One piece of advice. */
export interface Advice {
  /** The rule that gives it: `keep-for-p`. */
  readonly id: string
  /** `mistake`: most likely not what was meant. `hint`: worth a try. */
  readonly severity: 'mistake' | 'hint'
  /** What to do, in a sentence or two. */
  readonly advice: string
  /** Why. */
  readonly reason: string
  /** Who says so: a paper, with its section. */
  readonly source: string
}

/** A text in each language, made of what a rule found. */
type Texts<Finding> = Readonly<Record<AdviceLanguage, (finding: Finding) => string>>

/** What the doctor knows about one thing that can be wrong. */
export interface RuleRecord<Finding> {
  readonly id: string
  readonly severity: Advice['severity']
  /** Where the rule applies: a finding for each place; none if all is well. */
  applies(patient: Patient): readonly Finding[]
  readonly advice: Texts<Finding>
  readonly reason: Texts<Finding>
  readonly source: string
}

/** A rule without the type of its findings. */
export interface Rule {
  readonly id: string
  examine(patient: Patient, language: AdviceLanguage): Advice[]
}

export const defineRule = <Finding>({ id, severity, applies, advice, reason, source }: RuleRecord<Finding>): Rule => ({
  id,
  examine: (patient, language) =>
    applies(patient).map((finding) => ({
      id,
      severity,
      advice: advice[language](finding),
      reason: reason[language](finding),
      source,
    })),
})
