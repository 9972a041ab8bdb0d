import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { replay, runHistories, stores } from './test/simulation/histories.ts'

const histories = 1_500
const program = fileURLToPath(new URL('./test/simulate.ts', import.meta.url))

for (const store of stores) {
  test(`${histories} histories with faults keep the invariants, on a store that is ${store}`, async () => {
    let crashes = 0
    const range = { from: 1, histories, stride: 1, endAt: undefined, stores: [store] }
    const failure = await runHistories(range, (tally) => (crashes += tally.crashes))
    if (failure !== undefined) {
      const { problem } = await replay(failure, () => {})
      expect.fail(`${problem}\nAgain: npm run simulate -- --seed ${failure.seed} --store ${store}`)
    }
    expect(crashes).toBeGreaterThan(histories)
  }, 300_000)

  test(`a seed is the same history again, on a store that is ${store}`, async () => {
    const hashes = async (): Promise<ReadonlyArray<string>> => {
      const seeds = Array.from({ length: 100 }, (_, i) => i + 1)
      return Promise.all(seeds.map(async (seed) => (await replay({ seed, store }, () => {})).hash))
    }
    const first = await hashes()
    expect(await hashes()).toEqual(first)
    expect(new Set(first).size).toBe(first.length)
  }, 300_000)

  test(`a seed is the same history in another process, on a store that is ${store}`, async () => {
    const lines: string[] = []
    const { hash } = await replay({ seed: 4711, store }, (line) => lines.push(line))
    const args = ['-C', '@tern/source', program, '--seed', '4711', '--store', store]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    expect(stdout.split('\n').slice(0, -2)).toEqual(lines)
    expect(stdout).toContain(`trace ${hash} of`)
  }, 300_000)
}
