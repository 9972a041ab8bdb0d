import { expect, test } from 'vitest'
import { Simulation } from './test/simulation/simulation.ts'

const histories = 1_500

for (const store of ['embedded', 'remote']) {
  test(`${histories} histories with faults keep the invariants, on a store that is ${store}`, async () => {
    let crashes = 0
    for (let seed = 1; seed <= histories; seed++) {
      const simulation = new Simulation({ seed, isRemote: store === 'remote' })
      await simulation.run().catch((cause: unknown) => {
        throw new Error(`a history breaks an invariant: npm run simulate -- --seed ${seed} --store ${store}`, { cause })
      })
      crashes += simulation.crashes
    }
    expect(crashes).toBeGreaterThan(histories / 2)
  }, 120_000)
}
