import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { run } from '../authoring/run.ts'
import type { ConditionRequest } from '../authoring/condition-request.ts'
import { approve, chain, isTrue, type NodeFailure, nodeFailure, signal, sleep, when, workflow } from '../workflows.ts'
import { both, double, env, freshName, nothing, one, ran } from './test/tasks.ts'

function compile(body: (inputs: { n: any }) => unknown) {
  return workflow({ env, name: freshName(), inputs: { n: z.int().default(1) } }, (given) => void body(given)).compile()
}

const nodesOf = (body: (inputs: { n: any }) => unknown) => compile(body).message.graph?.nodes ?? []

describe('G-1, G-4: gates', () => {
  test('an approval gives on what it asks about, under the same name', () => {
    const [, node] = nodesOf(({ n }) => approve(double.node({ n }), { name: 'check', timeout: '2h', prompt: 'Good?' }))
    expect(node).toMatchObject({
      name: 'check',
      upstream: ['n0'],
      inputs: [{ name: 'o0', value: { kind: { case: 'reference', value: { node: 'n0', output: 'o0' } } } }],
      outputs: { variables: [{ key: 'o0' }] },
      kind: { case: 'approval', value: { condition: { name: 'check', prompt: 'Good?', timeout: { seconds: 7200n } } } },
    })
    const [, part] = nodesOf(() => approve(both.node({ a: 1 }).label))
    expect(part?.outputs?.variables.map(({ key }) => key)).toEqual(['label'])
  })

  test('G-3: of a task with named outputs it gives on all', async () => {
    const wf = workflow({ env, name: freshName(), outputs: { sum: z.int(), label: z.string() } }, () =>
      approve(both.node({ a: 1 }), { name: 'all' }),
    )
    const handle = await run.local(wf, {}, { answerCondition: () => true })
    expect(await handle.outputs()).toEqual({ sum: 3, label: 'z1' })
  })

  test('a signal waits for a value of any type', () => {
    const [node] = nodesOf(() => signal('who', z.object({ by: z.string() }), { timeout: '1m' }))
    expect(node).toMatchObject({
      name: 'who',
      outputs: { variables: [{ key: 'o0', value: { type: { type: { case: 'simple' } } } }] },
      kind: { case: 'signal', value: { condition: { name: 'who', timeout: { seconds: 60n } } } },
    })
  })

  test('G-2: they wait for an hour, unless something else is said', () => {
    const [node] = nodesOf(() => signal('x', z.int()))
    expect(node?.kind.value).toMatchObject({ condition: { timeout: { seconds: 3600n } } })
  })

  test('a pause has a length, and a name', () => {
    const [node] = nodesOf(() => sleep('90s'))
    expect(node).toMatchObject({ name: 'sleep-gate', inputs: [{ name: 'duration' }], kind: { case: 'sleep' } })
  })
})

describe('G-6, G-8: in a local run', () => {
  const wf = workflow({ env, name: 'asking', inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
    const doubled = approve(double.node({ n }), { name: 'check', prompt: 'Go on?' })
    const more = signal('more', z.int())
    const pause = sleep('1ms')
    chain(doubled, pause, more)
    const sure = signal('sure', z.boolean())
    return when(isTrue(sure), () => double.node({ n: more })).else(() => double.node({ n: doubled }))
  })
  const answers: Record<string, boolean | number> = { check: true, more: 7, sure: true }

  test('what is asked for is answered, and the value goes on', async () => {
    const asked: string[] = []
    const answerCondition = ({ name, prompt, type }: ConditionRequest) => {
      asked.push(`${name} (${type}): ${prompt}`)
      return answers[name]!
    }
    const handle = await run.local(wf, { n: 1 }, { answerCondition })
    expect(await handle.outputs()).toBe(14)
    expect(asked.toSorted()).toEqual([
      'check (boolean): Go on?',
      'more (integer): Value of more?',
      'sure (boolean): Value of sure?',
    ])
    const other = await run.local(wf, { n: 1 }, { answerCondition: ({ name }) => name !== 'sure' && answers[name]! })
    expect(await other.outputs()).toBe(4)
  })

  test('a no fails it, and nothing behind it runs', async () => {
    ran.length = 0
    const no = workflow({ env, name: freshName() }, () =>
      chain(approve(one.node(), { name: 'no' }), nothing.node({ s: 'late' })),
    )
    const handle = await run.local(no, {}, { answerCondition: () => false })
    await expect(handle.outputs()).rejects.toThrow('no was not approved')
    expect(ran).toEqual([])
  })

  test('TS-15, W-17: a handler is told of a no by its own code, and of the action that was asked', async () => {
    const told: NodeFailure[] = []
    const tell = env.task({ name: freshName(), inputs: { err: nodeFailure } }, ({ err }) => void told.push(err))
    const no = workflow({ env, name: freshName(), onFailure: tell }, () => {
      approve(one.node(), { name: 'publish' })
    })
    const handle = await run.local(no, {}, { answerCondition: () => false })
    expect(await handle.wait()).toMatchObject({ error: { code: 'ApprovalRejected' } })
    expect(told).toMatchObject([
      { code: 'ApprovalRejected', failedNodeId: 'n1', attempt: 0, message: 'publish was not approved' },
    ])
    expect(told[0]?.action).toMatch(/n1$/)
  })
})

describe('what they refuse', () => {
  test.each<[string, (inputs: { n: any }) => unknown, string]>([
    [
      'G-3: an approval of an input',
      ({ n }) => approve(n),
      'approve cannot ask about input n: it is given before the workflow starts',
    ],
    [
      'G-3: an approval of what gives nothing',
      () => approve(nothing.node() as never),
      'approve: task wf.nothing returns nothing',
    ],
    ['an approval of a value', () => approve(5 as never), 'approve takes what a node gives'],
    [
      'G-5: two with the same name',
      () => [signal('a', z.int()), signal('a', z.int())],
      'two gates have the name a, the first at packages/sdk/src/workflows/gates.test.ts:',
    ],
    [
      'G-5: an approval and a signal with the same name',
      () => [signal('a', z.int()), approve(one.node(), { name: 'a' })],
      'two gates have the name a',
    ],
    ['a signal without a name', () => signal('', z.int()), 'needs a name'],
    ['a signal without a schema', () => signal('a', 'int' as never), 'signal needs the schema of its value'],
    ['a timeout of nothing', () => signal('a', z.int(), { timeout: '0s' }), 'timeout must be longer than nothing'],
    ['N-12: a pause of a reference', ({ n }) => sleep(n), 'the duration of sleep cannot be a reference'],
    [
      'T-4: an option of an approval that there is not',
      () => approve(one.node(), { tmeout: '1h' } as never),
      'approve does not take the option tmeout; did you mean timeout? (packages/sdk/src/workflows/gates.test.ts:',
    ],
    ['T-4: one of a signal', () => signal('a', z.int(), { promt: '?' } as never), 'did you mean prompt?'],
    ['T-4: one of a pause', () => sleep('1s', { retries: 1 } as never), 'sleep does not take the option retries'],
    ['a pause of nothing', () => sleep('0s'), 'the duration of sleep must be longer than nothing'],
  ])('%s', (_name, body, message) => expect(() => compile(body)).toThrow(message))

  test('G-5: the names are of one workflow, branches included', () => {
    expect(() =>
      compile(({ n }) => {
        const sure = signal('a', z.boolean())
        when(isTrue(sure), () => signal('a', z.boolean())).else(() => double.node({ n }))
      }),
    ).toThrow('two gates have the name a')
  })
})
