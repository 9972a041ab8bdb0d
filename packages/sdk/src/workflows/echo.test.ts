import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { run } from '../authoring/run.ts'
import { chain, echo, workflow } from '../workflows.ts'
import { both, double, env, freshName, one } from './test/tasks.ts'

describe('Q-9: an echo node', () => {
  const types = { n: z.int(), l: z.array(z.int()), s: z.string().default('z') }
  const wf = workflow(
    { env, name: freshName(), inputs: { n: z.int() }, outputs: { sum: z.int(), n: z.int(), s: z.string() } },
    ({ n }) => {
      const plan = echo(types, { n, l: [1, double.node({ n })] }, { nodeName: 'plan' })
      chain(one.node(), plan)
      return { sum: both.node({ a: plan.l[1]! }).sum, n: plan.n, s: plan.s }
    },
  )

  test('gives what it is given, defaults included, and is no action', async () => {
    const handle = await run.local(wf, { n: 4 })
    expect(await handle.outputs()).toEqual({ sum: 10, n: 4, s: 'z' })
    expect(handle.actions).toHaveLength(4)
  })

  test('is a node of its own kind, with what it is given and gives', () => {
    expect(wf.compile().message.graph?.nodes[1]).toMatchObject({
      id: 'plan',
      kind: { case: 'echo' },
      upstream: ['n0', 'n2'],
      inputs: [{ name: 'l' }, { name: 'n' }, { name: 's' }],
      outputs: { variables: [{ key: 'l' }, { key: 'n' }, { key: 's' }] },
    })
  })

  test.each<[string, () => unknown, string]>([
    [
      'a value of another type',
      () => echo({ n: z.int() }, { n: 'x' as never }),
      'input n of node echo: expected integer',
    ],
    [
      'a value that is missing',
      () => echo({ n: z.int() }, {} as never),
      'input n of node echo (integer) was not given',
    ],
    ['a value too many', () => echo({ n: z.int() }, { n: 1, m: 2 } as never), 'node echo has no input m'],
    ['nothing', () => echo({}, {}), 'echo needs the schemas of its values'],
    ['an option that there is not', () => echo({ n: z.int() }, { n: 1 }, { nodname: 'x' } as never), 'mean nodeName?'],
  ])('refuses %s', (_name, body, message) => {
    const wrong = workflow({ env, name: freshName() }, () => void body())
    expect(() => wrong.compile()).toThrow(message)
  })
})
