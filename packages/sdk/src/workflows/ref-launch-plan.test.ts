import { FailedPreconditionError, InvalidArgumentError } from '@tern/core'
import { workflowOfTemplate } from '@tern/core/workflow'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { definitionOf } from '../authoring/task.ts'
import { toTaskSpec } from '../authoring/task-spec.ts'
import { deployedTask, run } from '../index.ts'
import { BindError, launchPlan, mapOver, refLaunchPlan, workflow } from '../workflows.ts'
import { both, env, freshName } from './test/tasks.ts'

const score = refLaunchPlan(
  { project: 'ml', domain: 'production', name: 'score', version: 'v3' },
  { inputs: { rows: z.int(), region: z.string().optional() }, output: z.number() },
)

describe('R-1, R-2: a reference to a launch plan', () => {
  test('is a node with its name and the interface that is declared here', () => {
    const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.number() }, ({ n }) =>
      score.node({ rows: n }),
    )
    const { message } = wf.compile()
    expect(message.graph?.nodes[0]?.inputs.map(({ name }) => name)).toEqual(['rows'])
    expect(message.entities).toMatchObject([
      {
        kind: {
          case: 'launchPlan',
          value: {
            project: 'ml',
            domain: 'production',
            name: 'score',
            version: 'v3',
            optionalInputs: ['region'],
            interface: { inputs: { variables: [{ key: 'region' }, { key: 'rows' }] } },
          },
        },
      },
    ])
  })

  test('is the active one where no version is named', () => {
    const active = refLaunchPlan({ name: 'score' })
    const wf = workflow({ env, name: freshName() }, () => void active.node())
    const spec = toTaskSpec(definitionOf(wf), { org: '', project: 'p', domain: 'd', version: 'v7', bundleUri: '' })
    expect(workflowOfTemplate(spec.taskTemplate!).entities).toMatchObject([
      { kind: { case: 'launchPlan', value: { project: '', domain: '', name: 'score', version: '' } } },
    ])
  })

  test('takes what is declared', () => {
    const wf = workflow({ env, name: freshName() }, () => void score.node({ rows: 'many' } as never))
    expect(() => wf.compile()).toThrow(BindError)
    expect(() => wf.compile()).toThrow(/input rows of launch plan score: expected integer/)
  })

  test('A-2: can be mapped', () => {
    const wf = workflow(
      { env, name: freshName(), inputs: { l: z.array(z.int()) }, output: z.array(z.number()) },
      ({ l }) => mapOver(score, { bind: { region: 'eu' } }).node({ rows: l }),
    )
    expect(wf.compile().message.graph?.nodes[0]?.kind).toMatchObject({ case: 'map', value: { over: ['rows'] } })
  })

  test.each([
    [[{ name: 'a b' }], /name/],
    [[{}], /name/],
    [[{ name: 'a', version: '' }], /version/],
    [[{ name: 'a', versions: 'v' }], /unknown option/],
    [[{ name: 'a' }, { input: {} }], /unknown option/],
    [[{ name: 'a' }, { inputs: { x: 1 } }], /must be a schema/],
    [[{ name: 'a' }, { output: z.int(), outputs: { a: z.int() } }], /either output or outputs/],
  ])('refuses %j', (args, message) => {
    const declare = () => refLaunchPlan(...(args as [never, never]))
    expect(declare).toThrow(InvalidArgumentError)
    expect(declare).toThrow(message)
  })
})

describe('R-3: here', () => {
  test('there is nothing that could run', async () => {
    await expect(score({ rows: 1 })).rejects.toThrow(FailedPreconditionError)
    await expect(score({ rows: 1 })).rejects.toThrow(/launch plan score is deployed on a server/)
    const wf = workflow({ env, name: freshName(), output: z.number() }, () => score.node({ rows: 1 }))
    await expect(wf.run()).rejects.toThrow(/launch plan score is deployed on a server/)
    const handle = await run.local(score, { rows: 1 })
    await expect(handle.outputs()).rejects.toThrow(/launch plan score is deployed on a server/)
  })
})

describe('L-8: launch plans of deployed tasks', () => {
  const train = deployedTask({
    name: 'training.train',
    version: 'v1',
    inputs: { epochs: z.int(), rate: z.number().optional() },
    output: z.number(),
  })

  test('save inputs as others do', () => {
    const plan = launchPlan(train, { name: freshName(), fixed: { epochs: 3 } })
    expect(definitionOf(plan).interface.inputs).toMatchObject([{ name: 'rate', leftToDefault: true }])
    expect(
      definitionOf(plan)
        .launchPlan?.declared?.toSpec()
        .fixedInputs.map(({ name }) => name),
    ).toEqual(['epochs'])
  })
})

describe('A-13: a map over a launch plan', () => {
  const plan = launchPlan(
    env.task(
      { name: 'scale', inputs: { n: z.int(), by: z.int(), plus: z.int() }, output: z.int() },
      ({ n, by, plus }) => n * by + plus,
    ),
    { name: 'scaled', fixed: { by: 10 }, defaults: { plus: 1 } },
  )

  test('is over what is not fixed', async () => {
    const wf = workflow(
      { env, name: freshName(), inputs: { l: z.array(z.int()) }, output: z.array(z.int()) },
      ({ l }) => mapOver(plan).node({ n: l }),
    )
    expect(await wf.run({ l: [1, 2] })).toEqual([11, 21])
    const wrong = workflow({ env, name: freshName() }, () => void mapOver(plan).node({ n: [1], by: [2] } as never))
    expect(() => wrong.compile()).toThrow('launch plan scaled fixes the input by')
  })

  test('is not of a workflow itself, nor of several outputs', () => {
    const wf = workflow({ env, name: freshName() }, () => {})
    expect(() => mapOver(wf)).toThrow(/a workflow cannot be mapped/)
    const several = launchPlan(both, { name: freshName() })
    const mapped = workflow({ env, name: freshName() }, () => void mapOver(several).node({ a: [1] }))
    expect(() => mapped.compile()).toThrow(/has named outputs/)
  })
})
