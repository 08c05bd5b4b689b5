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

test('with a logarithmic axis equal factors are equal steps, labelled at powers of ten', () => {
  const points = [0.0002, 0.002, 0.02, 2].map((x) => ({ x, y: 1 }))
  const svg = lineChart([{ label: 'one', style: 0, points }], { ...options, wholeX: false, logX: true }).text
  const [a, b, c, d] = markers(svg).map(([x]) => x ?? 0) as [number, number, number, number]
  expect(b - a).toBeCloseTo(c - b, 0)
  expect(d - c).toBeCloseTo(2 * (b - a), 0)
  expect([...svg.matchAll(/text-anchor="middle">([\d.]+)</g)].map((match) => match[1])).toEqual([
    '0.001',
    '0.01',
    '0.1',
    '1',
  ])
})

test('a line of many points can do without markers', () => {
  const points = [1, 2, 3].map((x) => ({ x, y: x }))
  const svg = lineChart([{ label: 'one', style: 0, points }], { ...options, markers: false }).text
  expect(markers(svg)).toEqual([])
  expect(svg).toMatch(/class="line" d="M[\d.,L]+"/)
})

test('an axis of time starts at 0: twice the time is twice as far to the right', () => {
  const points = [0, 4, 8].map((x) => ({ x, y: 1 }))
  const drawn = (some: Series['points']) =>
    markers(lineChart([{ label: 'one', style: 0, points: some }], { ...options, xFromZero: true }).text).map(([x]) => x)
  expect(drawn(points.slice(1))).toEqual(drawn(points).slice(1))
})
