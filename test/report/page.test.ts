import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { featurePicture } from '../../src/report/features.node.ts'
import { renderReport } from '../../src/report/page.ts'
import { launchChromium } from '../support/chromium.ts'
import { arm, comparison } from './comparison.ts'

const options = { language: 'en', version: '1.2.3', command: "thinnet compare --data 'a & b'" } as const
const weights = Float32Array.from({ length: 4 * 784 }, (_, i) => Math.sin(i))
const complete = comparison({
  arms: comparison().arms.map((one) => ({ ...one, features: featurePicture(weights, 28, 4, 2) })),
  notes: ['Trained 2 epochs <instead> of 8.'],
})

describe('the page', () => {
  const text = renderReport(complete, options)

  test('has every number of every epoch', () => {
    for (const { epochs } of complete.arms) {
      for (const { loss, testError, trainingError } of epochs) {
        expect(text).toContain(loss.toFixed(4))
        expect(text).toContain(`${(100 * testError).toFixed(2)} %`)
        expect(text).toContain(`${(100 * trainingError).toFixed(2)} %`)
      }
    }
  })

  test('escapes what it is given', () => {
    expect(text).toContain('Trained 2 epochs &lt;instead&gt; of 8.')
    expect(text).toContain('a &amp; b')
  })

  test('says of each layer of the thinned network what is kept, left and remembered', () => {
    const cells = (...texts: string[]) => texts.map((cell) => `<td>${cell}</td>`).join('\n')
    expect(text).toContain(`784 to 32</th>${cells('0.2', '627 of 784', '25,088', '40.0 %', '13.8 KiB')}`)
    expect(text).toContain(`32 to 10</th>${cells('0.5', '16 of 32', '320', '50.0 %', '640 B')}`)
    expect(text).toContain(`all layers</th>${cells('', '', '25,408', '40.1 %', '14.5 KiB')}`)
    expect(text).toContain('cuts the mini-batch into 4 groups of images')
  })

  test('says nothing of thinning where nothing was thinned', () => {
    const two = renderReport(comparison({ arms: [arm('none', 0.02), arm('inverted', 0.012)] }), options)
    expect(two.toLowerCase()).not.toContain('thinned dropout')
    expect(two).not.toContain('id="thinning"')
  })

  test('says that a run was stopped, and only then', () => {
    const notice = 'This run was stopped before its end'
    expect(renderReport(comparison({ status: 'interrupted' }), options)).toContain(notice)
    expect(text).not.toContain(notice)
  })
})

describe('in a browser', () => {
  let browser: Browser
  const folder = mkdtempSync(join(tmpdir(), 'thinnet-report-'))
  const path = join(folder, 'report.html')

  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })

  /** Opens the report as a file; returns the page with what it asked for and complained about. */
  async function open(language: 'en' | 'ko', width: number) {
    writeFileSync(path, renderReport(complete, { ...options, language }))
    const page = await browser.newPage({ viewport: { width, height: 800 } })
    const requests: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(pathToFileURL(path).href)
    return { page, requests: requests.filter((url) => !url.startsWith('data:')), complaints }
  }

  test('it asks for nothing but itself, and nothing is wrong with it', async () => {
    const { page, requests, complaints } = await open('en', 1280)
    expect(requests).toEqual([pathToFileURL(path).href])
    expect(complaints).toEqual([])
    await page.close()
  })

  test('it is well-formed: the tree that the browser reads is the one that was written', async () => {
    const { page } = await open('en', 1280)
    expect(await page.locator('main > section').count()).toBe(7)
    expect(await page.locator('svg.chart').count()).toBe(4)
    expect(await page.locator('section[aria-labelledby=results] tbody tr').count()).toBe(4)
    expect(await page.locator('section[aria-labelledby=thinning] tbody tr').count()).toBe(3)
    const sizes = await page
      .locator('.features img')
      .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth))
    expect(sizes).toHaveLength(4)
    expect(Math.min(...sizes)).toBeGreaterThan(100)
    await page.close()
  })

  test('charts have a name and a description for those who cannot see them', async () => {
    const { page } = await open('en', 1280)
    const chart = page.getByRole('img', { name: 'Test error by epoch' })
    expect(await chart.count()).toBe(1)
    expect(await chart.locator('desc').textContent()).toContain('inverted dropout: from 3.00 % to 1.20 %.')
    await page.close()
  })

  test.each([360, 1280])('nothing is cut off at a width of %i', async (width) => {
    const { page } = await open('ko', width)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    await page.close()
  })

  test('in Korean it is marked as Korean and no English sentence is left', async () => {
    const { page } = await open('ko', 1280)
    expect(await page.locator('html').getAttribute('lang')).toBe('ko')
    expect(await page.locator('h1, h2, figcaption').allTextContents()).not.toContainEqual(
      expect.stringMatching(/^[\x20-\x7e]+$/),
    )
    await page.close()
  })
})

test('a report of one arm that was stopped in its second epoch can be made', () => {
  const [first] = arm('none', 0.02).epochs
  const text = renderReport(
    comparison({ status: 'interrupted', arms: [{ arm: 'none', epochs: first ? [first] : [] }] }),
    options,
  )
  expect(text).not.toMatch(/NaN|undefined/)
})
