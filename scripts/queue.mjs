/**
 * A queue for work that uses a processor core each: `queue(task)` runs `task` when fewer than `width` run, in the order of
 * the calls, or before all that wait if it is wanted `soon`. Resolves to what the task resolves to.
 */
export function createQueue(width) {
  const waiting = []
  let running = 0
  const next = () => {
    if (running >= width) return
    const start = waiting.shift()
    if (!start) return
    running++
    start().finally(() => {
      running--
      next()
    })
  }
  return (task, { soon = false } = {}) =>
    new Promise((resolve, reject) => {
      const start = () => Promise.resolve().then(task).then(resolve, reject)
      if (soon) waiting.unshift(start)
      else waiting.push(start)
      next()
    })
}
