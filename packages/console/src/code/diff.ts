/** A line of one text, of the other, or of both. Numbers count from 1. */
export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
  readonly before?: number
  readonly after?: number
}

/** Beyond so many steps, texts have little in common, and are told as one that is replaced by the other. */
const mostSteps = 1_000

/** The shortest way from one list of lines to another, as Myers finds it. */
export function diffLines(before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<DiffLine> {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const [from, to] = [before.slice(start, before.length - end), after.slice(start, after.length - end)]
  const lines: DiffLine[] = []
  let [old, now] = [0, 0]
  const same = (text: string) => lines.push({ kind: 'same', text, before: ++old, after: ++now })
  for (const text of before.slice(0, start)) same(text)
  for (const step of stepsOf(from, to)) {
    if (step === 'same') same(before[old] ?? '')
    else if (step === 'removed') lines.push({ kind: step, text: before[old] ?? '', before: ++old })
    else lines.push({ kind: step, text: after[now] ?? '', after: ++now })
  }
  for (const text of before.slice(before.length - end)) same(text)
  return lines
}

function stepsOf(from: ReadonlyArray<string>, to: ReadonlyArray<string>): ReadonlyArray<DiffLine['kind']> {
  const most = Math.min(from.length + to.length, mostSteps)
  // By diagonal, counted from the middle: how far into `from` one gets. A copy is kept for each number of changes.
  const middle = most + 1
  const reached: Int32Array[] = []
  const furthest = new Int32Array(2 * middle + 1)
  for (let changes = 0; changes <= most; changes++) {
    reached.push(furthest.slice())
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let x = enter(furthest, middle, diagonal, changes).x
      while (x < from.length && x - diagonal < to.length && from[x] === to[x - diagonal]) x++
      furthest[middle + diagonal] = x
      if (x >= from.length && x - diagonal >= to.length) return traced(reached, middle, from.length, to.length)
    }
  }
  return [...from.map(() => 'removed' as const), ...to.map(() => 'added' as const)]
}

/** How a diagonal is come to from those beside it: from above by a line that was added, from below by one that was removed. */
function enter(furthest: Int32Array, middle: number, diagonal: number, changes: number) {
  const below = furthest[middle + diagonal - 1] ?? 0
  const above = furthest[middle + diagonal + 1] ?? 0
  const isAdded = diagonal === -changes || (diagonal !== changes && below < above)
  return isAdded
    ? { isAdded, from: diagonal + 1, startX: above, x: above }
    : { isAdded, from: diagonal - 1, startX: below, x: below + 1 }
}

function traced(reached: ReadonlyArray<Int32Array>, middle: number, width: number, height: number) {
  const steps: DiffLine['kind'][] = []
  let [x, y] = [width, height]
  for (let changes = reached.length - 1; changes >= 0; changes--) {
    const { isAdded, from, startX } = enter(reached[changes] ?? new Int32Array(0), middle, x - y, changes)
    const startY = startX - from
    while (x > startX && y > Math.max(0, startY)) {
      steps.push('same')
      x--
      y--
    }
    if (changes > 0) steps.push(isAdded ? 'added' : 'removed')
    ;[x, y] = [startX, startY]
  }
  return steps.toReversed()
}

/** A stretch of lines around changes. */
export interface Hunk {
  readonly lines: ReadonlyArray<DiffLine>
  /** Lines between the one before and this one that are the same, and left out. */
  readonly skipped: number
}

/** @param context how many lines before and after a change are shown */
export function hunksOf(lines: ReadonlyArray<DiffLine>, context = 3): ReadonlyArray<Hunk> {
  const isNear = new Uint8Array(lines.length)
  lines.forEach(({ kind }, index) => {
    if (kind !== 'same') isNear.fill(1, Math.max(0, index - context), index + context + 1)
  })
  const hunks: { lines: DiffLine[]; skipped: number }[] = []
  let skipped = 0
  lines.forEach((line, index) => {
    if (isNear[index] === 0) return void skipped++
    if (index === 0 || isNear[index - 1] === 0) hunks.push({ lines: [], skipped })
    hunks.at(-1)?.lines.push(line)
    skipped = 0
  })
  return hunks
}
