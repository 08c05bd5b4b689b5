// Lines of charts must be told apart by everybody: also on paper and on a dark page.
import { expect, test } from 'vitest'
import { styleSheet } from '../../src/report/style.ts'

type Triple = readonly [number, number, number]
type Matrix = readonly [Triple, Triple, Triple]

/** How those see colours, in linear RGB, who lack a kind of cone: Machado et al. 2009, severity 1. */
const visions: Readonly<Record<string, Matrix>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

function linear(hex: string): Triple {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
  return channels.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)) as unknown as Triple
}

const times = (matrix: Matrix, x: Triple): Triple =>
  matrix.map((row) => row[0] * x[0] + row[1] * x[1] + row[2] * x[2]) as unknown as Triple

/** Lightness and two axes of colour in which equal steps look equal: OKLab, Ottosson 2020. */
function seen(hex: string, vision: Matrix): Triple {
  const rgb = times(vision, linear(hex)).map((v) => Math.min(1, Math.max(0, v))) as unknown as Triple
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  ).map(Math.cbrt) as unknown as Triple
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  )
}

const distance = (a: Triple, b: Triple): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])

const luminance = (hex: string): number =>
  times(
    [
      [0.2126, 0.7152, 0.0722],
      [0, 0, 0],
      [0, 0, 0],
    ],
    linear(hex),
  )[0]

/** WCAG 2. */
function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** The colours by name of each mode: light, dark, print. */
const modes = styleSheet
  .split(':root')
  .slice(1)
  .map((text) => {
    const full = (hex: string) => (hex.length === 4 ? hex.replaceAll(/[0-9a-f]/g, '$&$&') : hex)
    return Object.fromEntries(
      Array.from(text.matchAll(/--(\w+): (#[0-9a-f]+);/g), ([, name, hex]) => [name, full(hex ?? '')]),
    )
  })

test.each(['light', 'dark', 'print'].map((name, i) => [name, modes[i] ?? {}] as const))('%s', (_, colors) => {
  const lines = [0, 1, 2, 3, 4].map((style) => colors[`s${style}`] ?? '')
  const near: string[] = []
  for (const [vision, matrix] of Object.entries(visions)) {
    for (const [i, a] of lines.entries()) {
      for (const [j, b] of lines.entries()) {
        // Five times what is just noticed side by side, which is about 0.02.
        if (j > i && distance(seen(a, matrix), seen(b, matrix)) < 0.1) near.push(`${vision}: s${i}, s${j}`)
      }
    }
  }
  expect(near).toEqual([])
  for (const color of lines) expect(contrast(color, colors.card ?? '')).toBeGreaterThan(3) // WCAG 2, 1.4.11
})
