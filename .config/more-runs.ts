import type * as FastCheck from 'fast-check'
import { vi } from 'vitest'

// `npm run fuzz`: every property is tried that many times as often as in `npm test`, with what the test says of it.
const factor = Number(process.env.TERN_FUZZ_FACTOR)

vi.setConfig({ testTimeout: 3_600_000 })

vi.mock('fast-check', async (importOriginal) => {
  const original = await importOriginal<typeof FastCheck>()
  function assert<T>(property: FastCheck.IRawProperty<T>, parameters: FastCheck.Parameters<T> = {}) {
    return original.assert(property, { ...parameters, numRuns: (parameters.numRuns ?? 100) * factor })
  }
  return { ...original, assert, default: { ...original.default, assert } }
})
