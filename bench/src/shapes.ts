import { run } from '@tern/sdk'
import { chain, fanout, hold } from './tasks.ts'

/** One kind of load. */
export interface Shape {
  readonly summary: string
  /** Its parameters, with their defaults. */
  readonly parameters: Readonly<Record<string, number>>
  /** How many actions it makes, roots not counted. */
  actions(parameters: Readonly<Record<string, number>>): number
  /** Runs it, checks what comes out, and resolves when all of it has ended. */
  execute(parameters: Readonly<Record<string, number>>): Promise<void>
  /** Wall seconds that it may take on two processors, with the default parameters. */
  readonly budgetSeconds: number
}

export const shapes: Readonly<Record<string, Shape>> = {
  fanout: {
    summary: 'one parent that starts n leaves at once',
    parameters: { n: 6000 },
    actions: ({ n = 0 }) => n,
    execute: ({ n = 0 }) => runFanout(n),
    budgetSeconds: 0.6,
  },
  chain: {
    summary: 'one parent that runs length leaves, one after another',
    parameters: { length: 500 },
    actions: ({ length = 0 }) => length,
    async execute({ length = 0 }) {
      const handle = await run(chain, { length })
      expectResult(await handle.outputs(), chainResult(length))
    },
    budgetSeconds: 0.3,
  },
  swarm: {
    summary: 'k runs at once, each a fan-out of n leaves',
    parameters: { k: 25, n: 2000 },
    actions: ({ k = 0, n = 0 }) => k * n,
    async execute({ k = 0, n = 0 }) {
      await Promise.all(Array.from({ length: k }, () => runFanout(n)))
    },
    budgetSeconds: 5,
  },
  hold: {
    summary: 'm leaves that sleep for some seconds, shared by as many runs as there are parents',
    parameters: { m: 40_000, seconds: 120, parents: 1 },
    actions: ({ m = 0 }) => m,
    async execute({ m = 0, seconds = 0, parents = 1 }) {
      const sizes = Array.from({ length: parents }, (_, index) => Math.floor((m + index) / parents))
      await Promise.all(sizes.map(async (size) => expectResult(await outputOfHold(size, seconds), size)))
    },
    budgetSeconds: 122,
  },
}

async function outputOfHold(m: number, seconds: number): Promise<number> {
  const handle = await run(hold, { m, seconds })
  return handle.outputs()
}

async function runFanout(n: number): Promise<void> {
  const handle = await run(fanout, { n })
  expectResult(await handle.outputs(), n * (n - 1) + 5 * n)
}

function chainResult(length: number): number {
  let last = 0
  for (let step = 0; step < length; step++) last = 2 * (last % 1000) + 5
  return last
}

function expectResult(actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`the run returned ${actual}, which should be ${expected}`)
}
