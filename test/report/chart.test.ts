import { expect, test } from 'vitest'
import { lineChart, type Series } from '../../src/report/chart.ts'

const options = { id: 'c', title: 'Errors & <more>', description: 'd', xLabel: 'epoch', yLabel: '%', wholeX: true }
const draw = (points: Series['points']) => lineChart([{ label: 'one', style: 1, points }], options).text

/** Where the markers are, in pixels. */
const markers = (svg: string) =>
  [...svg.matchAll(/class="marker" transform="translate\(([\d.]+) ([\d.]+)\)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ])

test('points stand where their values say: x to the right, y upwards from 0', () => {
  const [first, second, third] = markers(
    draw([
      { x: 1, y: 4 },
      { x: 2, y: 2 },
      { x: 3, y: 0 },
    ]),
  )
  expect((first?.[0] ?? 0) + (third?.[0] ?? 0)).toBeCloseTo(2 * (second?.[0] ?? 0), 0)
  expect(first?.[0]).toBeLessThan(second?.[0] ?? 0)
  expect((first?.[1] ?? 0) + (third?.[1] ?? 0)).toBeCloseTo(2 * (second?.[1] ?? 0), 0)
  expect(first?.[1]).toBeLessThan(second?.[1] ?? 0)
})

test('a point that is no number is left out, and no NaN reaches the picture', () => {
  const svg = draw([
    { x: 1, y: 1 },
    { x: 2, y: Number.NaN },
    { x: 3, y: 2 },
  ])
  expect(markers(svg)).toHaveLength(2)
  expect(svg).not.toContain('NaN')
})

test('one epoch alone can be drawn', () => {
  expect(draw([{ x: 1, y: 3 }])).not.toContain('NaN')
})

test('text is escaped', () => {
  expect(draw([{ x: 1, y: 1 }])).toContain('Errors &amp; &lt;more&gt;')
})

test('epochs are labelled with whole numbers only', () => {
  const svg = draw([
    { x: 1, y: 1 },
    { x: 2, y: 2 },
  ])
  const labels = [...svg.matchAll(/text-anchor="middle">([\d.]+)</g)].map((match) => match[1])
  expect(labels).toEqual(['1', '2'])
})
