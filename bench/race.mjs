// Contenders take turns, so that whatever else the machine does meanwhile hits all of them.

/** Where losses after the same steps differ by more than this part, somebody computes something else. */
const lossTolerance = 0.15

/**
 * Times the contenders of a row in turns, the order reversed in every other round. A contender that fails is left out, and said.
 *
 * @param row `{ name, contenders }`; a contender is `{ label, tag, start, request }`: what to call it, what kind it is (for ratios),
 *   its process (peers.mjs) and the parameters of its case.
 * @param settings `rounds`, `seconds` a turn, and `calls` a turn at least (3); `check`, how many
 *   steps are compared by their loss.
 * @returns the entries of the row: label, tag, median and minimum in milliseconds, number of calls, and what the peer says beside.
 */
export async function race(row, peers, { rounds, seconds, calls = 3, check }) {
  peers.keep(row.contenders.map(({ start }) => start))
  const running = await setUp(row, peers, check)
  compareLosses(running)
  for (let round = 0; round < rounds; round++) {
    for (const contender of round % 2 === 0 ? running : running.toReversed()) {
      const { peer, name } = contender
      await attempt(contender, async () => {
        const { times } = await peer.ask({ run: name, seconds, calls })
        contender.times.push(...times)
      })
    }
  }
  for (const { peer, name, failed } of running) if (!failed) await peer.ask({ forget: name })
  return running.filter(({ times, failed }) => times.length > 0 && !failed).map(summarize)
}

async function setUp(row, peers, check) {
  const running = []
  for (const { label, tag, start, request } of row.contenders) {
    const name = `${row.name} [${label}]`
    const contender = { label, tag, name, peer: peers.get(start), times: [] }
    await attempt(contender, async () => {
      const { ready, versions, ...facts } = await contender.peer.ask({
        setup: name,
        ...request,
        ...(check && { check }),
      })
      running.push({ ...contender, versions, facts })
    })
  }
  return running
}

async function attempt(contender, action) {
  if (contender.failed) return
  try {
    await action()
  } catch (error) {
    contender.failed = true
    console.log(`   ${contender.label}: not run (${error.message.split('\n')[0]})`)
  }
}

/** Who says a loss after the same number of steps on the same data must say about the same. */
function compareLosses(running) {
  const losses = running.filter(({ facts }) => facts.loss !== undefined)
  const [first] = losses
  for (const { label, facts } of losses) {
    const off = Math.abs(facts.loss - first.facts.loss) / first.facts.loss
    if (!(off <= lossTolerance))
      console.log(`   ${label}: its loss is ${facts.loss}, that of ${first.label} ${first.facts.loss}`)
  }
}

function summarize({ label, tag, versions, times, facts }) {
  const sorted = times.toSorted((a, b) => a - b)
  return { label, tag, versions, median: median(sorted), minimum: sorted[0], calls: sorted.length, ...facts }
}

/** Of sorted numbers. */
export const median = (sorted) => sorted[Math.floor(sorted.length / 2)]
