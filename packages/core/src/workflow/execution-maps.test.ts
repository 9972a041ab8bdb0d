import { ItemFailures } from '@tern/idl/graph'
import { describe, expect, test } from 'vitest'
import { literalTypes } from '../literal-types.ts'
import { itemResultType } from './item-results.ts'
import { add, Driver } from './test/driver.ts'
import { int, ints, node, workflow } from './test/graph-parts.ts'

describe('map nodes', () => {
  const types = { xs: ints, k: int }

  function mapping(options: Record<string, unknown> = {}, xs = [1, 2, 3, 4], outputType = ints): Driver {
    const kind = { case: 'map', value: { entity: 0, over: ['a'], ...options } } as never
    const of = workflow([add], [node('n0', kind, { inputs: { a: 'inputs.xs', b: 'inputs.k' } })], {
      inputs: types,
      outputs: { out: [outputType, 'n0.sum'] },
    })
    return new Driver(of, { xs, k: 10 }, types)
  }

  test('call their task for each item, and give lists in the order of the items (I-10)', () => {
    const run = mapping()
    expect(run.order).toEqual(['n0[0]', 'n0[1]', 'n0[2]', 'n0[3]'])
    expect(run.started.get('n0[2]')).toMatchObject({ path: 'n0', group: 'n0' })
    expect(run.given('n0[2]')).toEqual({ a: 3, b: 10 })
    for (const index of [2, 0, 3, 1]) run.ok(`n0[${index}]`, { sum: index })
    expect(run.result).toEqual({ out: [0, 1, 2, 3] })
  })

  test('run no more at once than they may (A-4)', () => {
    const run = mapping({ concurrency: 2 })
    expect(run.order).toEqual(['n0[0]', 'n0[1]'])
    run.ok('n0[1]', { sum: 1 })
    expect(run.order).toEqual(['n0[0]', 'n0[1]', 'n0[2]'])
  })

  test('of nothing give nothing (A-12)', () => {
    expect(mapping({}, []).result).toEqual({ out: [] })
  })

  test('fail with the first item, unless that is tolerated (A-5)', () => {
    const run = mapping().fail('n0[1]')
    expect(run.failure).toMatchObject({
      code: 'MapFailed',
      message: 'node n0 failed: 1 of 4 items failed, and all have to succeed; item 1: boom',
      cause: { message: 'boom' },
    })
    expect(run.aborted).toEqual(['n0[0]', 'n0[2]', 'n0[3]'])
  })

  test.each([
    { minSuccess: { case: 'minSuccesses', value: 2 } },
    { minSuccess: { case: 'minSuccessRatio', value: 0.5 } },
  ])('items that may fail are null (A-3, A-5): $minSuccess', (options) => {
    const optional = literalTypes.list(literalTypes.optional(int))
    const run = mapping(options, [1, 2, 3, 4], optional).fail('n0[1]').ok('n0[0]', { sum: 0 }).fail('n0[3]')
    expect(run.failure).toBeUndefined()
    expect(run.ok('n0[2]', { sum: 2 }).result).toEqual({ out: [0, null, 2, null] })
  })

  test('too many failures end it at once, or when all have run (A-5)', () => {
    const minSuccess = { case: 'minSuccesses', value: 3 }
    expect(mapping({ minSuccess }).fail('n0[0]').fail('n0[1]').failure?.code).toBe('MapFailed')
    const patient = mapping({ minSuccess, runAll: true }).fail('n0[2]').fail('n0[1]').ok('n0[0]', { sum: 1 })
    expect(patient.failure).toBeUndefined()
    expect(patient.ok('n0[3]', { sum: 1 }).failure?.message).toContain(
      '2 of 4 items failed, and 3 have to succeed; item 1',
    )
  })

  test('lists of different lengths are refused (A-12)', () => {
    const kind = { case: 'map' as const, value: { entity: 0, over: ['a', 'b'] } }
    const of = workflow([add], [node('n0', kind, { inputs: { a: 'inputs.xs', b: 'inputs.ys' } })], {
      inputs: { xs: ints, ys: ints },
    })
    expect(new Driver(of, { xs: [1], ys: [1, 2] }, { xs: ints, ys: ints }).failure).toMatchObject({
      code: 'MapLengthMismatch',
      message: 'node n0 failed: its lists are of different lengths: a has 1, b has 2',
    })
  })

  test('failures may be results, beside those of items that went well (A-15)', () => {
    const results = literalTypes.list(itemResultType(int))
    const options = { minSuccess: { case: 'minSuccesses', value: 0 }, itemFailures: ItemFailures.RESULT }
    const run = mapping(options, [1, 2, 3, 4], results)
    run.fail('n0[1]', 'no').ok('n0[0]', { sum: 5 }).fail('n0[3]', 'neither').ok('n0[2]', { sum: 6 })
    const error = { code: 'Error', kind: 'user', attempt: 2 }
    expect(run.result).toEqual({
      out: [
        { ok: true, value: 5 },
        { ok: false, error: { ...error, message: 'no', action: 'action of n0[1]' } },
        { ok: true, value: 6 },
        { ok: false, error: { ...error, message: 'neither', action: 'action of n0[3]' } },
      ],
    })
  })

  test('ten thousand items', () => {
    const xs = Array.from({ length: 10_000 }, (_, i) => i)
    const run = mapping({}, xs)
    expect(run.order).toHaveLength(10_000)
    for (const i of xs) run.ok(`n0[${i}]`, { sum: i })
    expect(run.result).toEqual({ out: xs })
    expect([...run.execution.statuses()][0]).toMatchObject({
      map: { total: 10_000, started: 10_000, succeeded: 10_000, failed: 0 },
    })
  })
})
