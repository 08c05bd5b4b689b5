// The library in a real browser: in a page, in a Worker, and in a Worker of an isolated page, where kernels have threads.
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../support/chromium.ts'

const dist = new URL('../../dist', import.meta.url)

/** Imported by the page, or a Worker's own script. Trains, and says what with; in pages of this server only. */
const program = `
const threads = []
if (self.Worker) {
  const Plain = self.Worker
  self.Worker = class extends Plain {
    postMessage(data) {
      threads.push(data)
      super.postMessage(data)
    }
  }
}
const { backendInfo, functional: F, getNumThreads, manualSeed, nn, optim, rand, randint, setNumThreads } =
  await import('/index.js')
const pause = () => new Promise((resolve) => setTimeout(resolve))

/** What the threads' scratch buffers have been used for. */
const took = ({ memory, scratch }) => new Uint8Array(memory.buffer, scratch, 2 ** 21).some(Boolean)

function train() {
  manualSeed(0)
  const model = new nn.Sequential(new nn.Linear(200, 600), new nn.ReLU(), new nn.Dropout(0.5), new nn.Linear(600, 10))
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })
  const losses = []
  for (let step = 0; step < 5; step++) {
    optimizer.zeroGrad()
    const loss = F.crossEntropy(model.call(rand([64, 200])), randint(0, 10, [64]))
    loss.backward()
    optimizer.step()
    losses.push(loss.item())
  }
  return losses
}
export async function run() {
  const { name, threads: count } = backendInfo()
  setNumThreads(3)
  const used = getNumThreads()
  let losses = train()
  for (let i = 0; i < 10_000 && !threads.every(took); i++) {
    await pause()
    losses = train()
  }
  return { name, atFirst: count > 1 ? 'several' : 1, used, helpers: threads.filter(took).length, losses }
}
if (!self.document) run().then(postMessage, (error) => postMessage({ error: String(error) }))
`

let browser: Browser
let server: Server
let origin: string

beforeAll(async () => {
  server = createServer(async ({ url = '/' }, response) => {
    const isolated = url.startsWith('/isolated') || url.endsWith('.js')
    if (isolated) response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    if (isolated) response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    try {
      if (!url.endsWith('.js')) return response.setHeader('Content-Type', 'text/html').end('<!doctype html>')
      // A bundler would follow package.json's "imports"; a browser has only paths.
      const text = url === '/program.js' ? program : await readFile(`${dist.pathname}${url}`, 'utf8')
      const code = text
        .replaceAll(/'#platform'/g, "'/backend/platform.browser.js'")
        .replaceAll(/'#files'/g, "'/data/files.browser.js'")
      response.setHeader('Content-Type', 'text/javascript').end(code)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  server.close()
})

interface Outcome {
  name: string
  atFirst: 'several' | 1
  used: number
  helpers: number
  losses: number[]
}

/** Runs the program in a page, or in a Worker of it. */
async function runIn(path: string, inWorker: boolean): Promise<Outcome> {
  const page = await browser.newPage()
  await page.goto(origin + path)
  const outcome = await page.evaluate(
    inWorker
      ? `new Promise((resolve, reject) => {
          const worker = new Worker('/program.js', { type: 'module' })
          worker.onmessage = ({ data }) => resolve(data)
          worker.onerror = ({ message }) => reject(new Error(message))
        })`
      : `import('/program.js').then(({ run }) => run())`,
  )
  await page.close()
  return outcome as Outcome
}

test('a page computes on one thread, a Worker of an isolated page on several, and the losses are the same', async () => {
  const page = await runIn('/', false)
  expect(page).toMatchObject({ name: 'wasm', atFirst: 1, used: 1, helpers: 0 })
  expect(page.losses.at(-1)).toBeGreaterThan(1)
  expect(await runIn('/', true)).toEqual(page)
  expect(await runIn('/isolated', false)).toEqual(page)
  expect(await runIn('/isolated', true)).toEqual({ ...page, atFirst: 'several', used: 3, helpers: 2 })
})
