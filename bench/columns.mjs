// Columns of ratios, for tables and the terminal.

const ratio = (other, own) => `${(other.median / own.median).toFixed(2)} (${(other.minimum / own.minimum).toFixed(2)})`

/** How many times longer than the row's first entry the others take: above 1 the first is faster. */
export const overFirst = {
  title: 'time, thinnet = 1',
  value: (entry, { entries }) => (entry === entries[0] ? '' : ratio(entry, entries[0])),
}

/** How many times faster an entry is than the fastest that `tag` names. */
export const fasterThan = (tag, title) => ({
  title,
  value(entry, { entries }) {
    const fastest = fastestOf(entries, tag)
    return !fastest || entry === fastest ? '' : ratio(fastest, entry)
  },
})

/** The entry of a kind with the smallest median. */
export function fastestOf(entries, tag) {
  const some = entries.filter((entry) => entry.tag === tag)
  return some.toSorted((a, b) => a.median - b.median)[0]
}

/** A rate, in the row's work (floating-point operations) a second. */
export const gflops = {
  title: 'GFLOP/s',
  value: ({ median }, { work }) => (work / median / 1e6).toFixed(0),
}
