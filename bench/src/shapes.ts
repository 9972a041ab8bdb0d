import { run, type RunOptions } from '@tern/sdk'
import { chain, fanout, hold } from './tasks.ts'
import { answersTwiceItsInputPlusFive, type LeafCheck, sleptAsLongAsTold } from './verify-leaf.ts'

export type Parameters = Readonly<Record<string, number>>

/** A run that succeeded, with the right result. */
export interface EndedRun {
  readonly name: string
  /** How many actions it has beside its root. */
  readonly leaves: number
}

/** One kind of load. */
export interface Shape {
  readonly summary: string
  /** Its parameters, with their defaults. */
  readonly parameters: Parameters
  /** How many actions it makes, roots not counted. */
  actions(parameters: Parameters): number
  /** The shortest time that it can take, in seconds. */
  waits?(parameters: Parameters): number
  /** The parameters that a server is warmed up with. Defaults to those that are measured. */
  toWarmUp?(parameters: Parameters): Parameters
  /** Runs it, checks what the runs return, and resolves when all of them have succeeded. */
  execute(parameters: Parameters, options?: RunOptions): Promise<ReadonlyArray<EndedRun>>
  /** What is to be true of each of its leaves. */
  readonly checkLeaf: LeafCheck
}

export const shapes: Readonly<Record<string, Shape>> = {
  chain: {
    summary: 'one parent that runs length leaves, one after another',
    parameters: { length: 500 },
    actions: ({ length = 0 }) => length,
    async execute({ length = 0 }, options) {
      const handle = await run(chain, { length }, options)
      expectResult(await handle.outputs(), chainResult(length))
      return [{ name: handle.name, leaves: length }]
    },
    checkLeaf: answersTwiceItsInputPlusFive,
  },
  fanout: {
    summary: 'one parent that starts n leaves at once',
    parameters: { n: 6000 },
    actions: ({ n = 0 }) => n,
    execute: async ({ n = 0 }, options) => [await runFanout(n, options)],
    checkLeaf: answersTwiceItsInputPlusFive,
  },
  swarm: {
    summary: 'k runs at once, each a fan-out of n leaves',
    parameters: { k: 25, n: 2000 },
    actions: ({ k = 0, n = 0 }) => k * n,
    execute: ({ k = 0, n = 0 }, options) => Promise.all(Array.from({ length: k }, () => runFanout(n, options))),
    checkLeaf: answersTwiceItsInputPlusFive,
  },
  hold: {
    summary: 'm leaves that sleep for some seconds, with no process, shared by as many runs as there are parents',
    parameters: { m: 40_000, seconds: 120, parents: 1 },
    actions: ({ m = 0 }) => m,
    waits: ({ seconds = 0 }) => seconds,
    toWarmUp: (parameters) => ({ ...parameters, seconds: 1 }),
    execute({ m = 0, seconds = 0, parents = 1 }, options) {
      const sizes = Array.from({ length: parents }, (_, index) => Math.floor((m + index) / parents))
      return Promise.all(sizes.map((size) => runHold(size, seconds, options)))
    },
    checkLeaf: sleptAsLongAsTold,
  },
}

async function runFanout(n: number, options: RunOptions | undefined): Promise<EndedRun> {
  const handle = await run(fanout, { n }, options)
  expectResult(await handle.outputs(), n * (n - 1) + 5 * n)
  return { name: handle.name, leaves: n }
}

async function runHold(m: number, seconds: number, options: RunOptions | undefined): Promise<EndedRun> {
  const handle = await run(hold, { m, seconds }, options)
  expectResult(await handle.outputs(), m)
  return { name: handle.name, leaves: m }
}

function chainResult(length: number): number {
  let last = 0
  for (let step = 0; step < length; step++) last = 2 * (last % 1000) + 5
  return last
}

function expectResult(actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`the run returned ${actual}, which should be ${expected}`)
}
