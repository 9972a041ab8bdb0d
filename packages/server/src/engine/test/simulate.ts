// npm run simulate: histories of the engine under faults, one after another, until one breaks an invariant.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type Failure, type Range, replay, runHistories, stores, type Tally } from './simulation/histories.ts'

const usage = `usage: npm run simulate -- [--seed N] [--histories N] [--minutes N] [--store embedded|remote] [--workers N]

Runs histories, from the seed on (1 unless given), on both kinds of store unless one is given: 10,000 of each unless
told how many, or for how long; in as many processes as there are processors unless told in how many. With --seed alone
it runs that one, tells what happens in it, and prints the hash of that, by which two replays can be compared.`

const summaryMs = 5_000
const numbers = ['seed', 'histories', 'minutes', 'workers'] as const

/** What a worker tells: how far it has come, or what has failed. */
type Report = Tally | Failure

async function main(): Promise<void> {
  const values = optionsOf()
  if (values === undefined) return refuse()
  const { store, range: ofWorker } = values
  if (ofWorker !== undefined) return work(JSON.parse(ofWorker) as Range)
  const [seed, histories, minutes, workers = availableParallelism()] = numbers.map((name) => toNumber(values[name]))
  const chosen = stores.filter((kind) => store === undefined || store === kind)
  if (
    chosen.length === 0 ||
    [seed, histories, minutes, workers].some((value) => value !== undefined && !(value >= 1))
  ) {
    return refuse()
  }
  if (seed !== undefined && histories === undefined && minutes === undefined) {
    for (const kind of chosen) await show({ seed, store: kind })
    return
  }
  const endAt = minutes === undefined ? undefined : Date.now() + minutes * 60_000
  const count = histories ?? (minutes === undefined ? 10_000 : Number.MAX_SAFE_INTEGER)
  await runAll({ from: seed ?? 1, histories: count, stride: 1, endAt, stores: chosen }, workers)
}

/** Undefined where there is one that it does not have, `--help` for example. */
function optionsOf(): Readonly<Record<string, string | undefined>> | undefined {
  const options = Object.fromEntries([...numbers, 'store', 'range'].map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ options }).values as Readonly<Record<string, string | undefined>>
  } catch {
    return undefined
  }
}

function refuse(): void {
  process.stderr.write(`${usage}\n`)
  process.exitCode = 2
}

async function runAll(range: Range, workers: number): Promise<void> {
  const progress = new Progress()
  const count = Math.min(workers, range.histories)
  const started = Array.from({ length: count }, (_, i) => startWorker(shareOf(range, i, count)))
  const failure = await firstFailure(started, (tally) => progress.add(tally))
  for (const worker of started) worker.kill()
  if (failure !== undefined) return show(failure)
  print(`${progress.summary}: every invariant was kept`)
}

function shareOf(range: Range, i: number, count: number): Range {
  const histories = Math.ceil((range.histories - i) / count)
  return { ...range, from: range.from + i, stride: count, histories }
}

function startWorker(range: Range): ChildProcess {
  return fork(import.meta.filename, ['--range', JSON.stringify(range)])
}

async function work(range: Range): Promise<void> {
  // Refusals are many, and nobody reads where they come from.
  Error.stackTraceLimit = 0
  const failure = await runHistories(range, (tally) => process.send?.(tally))
  if (failure !== undefined) process.send?.(failure)
  process.disconnect()
}

/** Undefined when all have come to their ends without one. */
function firstFailure(
  workers: ReadonlyArray<ChildProcess>,
  onTally: (tally: Tally) => void,
): Promise<Failure | undefined> {
  return new Promise((resolve, reject) => {
    for (const worker of workers) {
      worker.on('message', (report: Report) => ('seed' in report ? resolve(report) : onTally(report)))
    }
    Promise.all(workers.map((worker) => once(worker, 'exit'))).then((exits) => {
      if (exits.every(([code]) => code === 0)) resolve(undefined)
      else reject(new Error('a process with histories ended before they did'))
    }, reject)
  })
}

/** What happens in a history, and how to see it again. */
async function show(one: Failure): Promise<void> {
  const { hash, problem } = await replay(one, print)
  const again = `npm run simulate -- --seed ${one.seed} --store ${one.store}`
  print(`trace ${hash} of ${again}`)
  if (problem === undefined) return
  process.stderr.write(`\n${problem}\nAgain: ${again}\n`)
  process.exitCode = 1
}

/** What has been done so far, printed now and then. */
class Progress {
  readonly #startedAt = Date.now()
  #toldAt = Date.now()
  #histories = 0
  #crashes = 0

  add({ histories, crashes }: Tally): void {
    this.#histories += histories
    this.#crashes += crashes
    if (Date.now() - this.#toldAt < summaryMs) return
    this.#toldAt = Date.now()
    print(this.summary)
  }

  get summary(): string {
    const seconds = (Date.now() - this.#startedAt) / 1000
    const speed = (this.#histories / seconds).toFixed(0)
    return `${this.#histories} histories, ${this.#crashes} crashes, ${seconds.toFixed(0)} s (${speed} a second)`
  }
}

function toNumber(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

await main()
