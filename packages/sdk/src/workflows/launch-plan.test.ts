import { DataValidationError, InvalidArgumentError } from '@tern/core'
import { workflowOfTemplate } from '@tern/core/workflow'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { definitionOf } from '../authoring/task.ts'
import { toTaskSpec } from '../authoring/task-spec.ts'
import { run } from '../index.ts'
import { registeredLaunchPlans } from '../authoring/registry.ts'
import { BindError, chain, cron, launchPlan, RunInsideGraphError, workflow } from '../workflows.ts'
import { both, double, env, freshName } from './test/tasks.ts'

const at = new Date('2026-01-01T02:00:00Z')

const report = workflow(
  {
    env,
    name: 'report',
    inputs: { n: z.int(), label: z.string().default('z'), tags: z.array(z.string()).default([]), at: z.date() },
    outputs: { sum: z.int(), label: z.string() },
  },
  ({ n, label }) => {
    const made = both.node({ a: double.node({ n }), b: label })
    return { sum: made.sum, label: made.label }
  },
)

/** Of a plan, what is deployed. */
function specOf(plan: Parameters<typeof definitionOf>[0]) {
  const spec = definitionOf(plan).launchPlan?.declared?.toSpec()
  if (spec === undefined) throw new Error('it is not declared here')
  return spec
}

describe('L-1, L-2, L-3: a launch plan', () => {
  test('has inputs that are saved: those with defaults may be left out, those that are fixed are not there', () => {
    const plan = launchPlan(report, { name: freshName(), defaults: { label: 'a' }, fixed: { n: 2 } })
    const { interface: taken } = definitionOf(plan)
    expect(taken.inputs.map(({ name }) => name)).toEqual(['at', 'label', 'tags'])
    expect(taken.typed.inputs?.variables.map(({ key }) => key)).toEqual(['at', 'label', 'tags'])
    expect(taken.inputs.map(({ fallback }) => fallback?.value)).toEqual([undefined, 'a', []])
    expect(specOf(plan)).toMatchObject({
      fixedInputs: [{ name: 'n', value: { value: {} } }],
      defaultInputs: [{ name: 'label' }],
    })
  })

  test('fixes what is among the defaults too', () => {
    const plan = launchPlan(report, { name: freshName(), defaults: { n: 1, label: 'a' }, fixed: { n: 2 } })
    expect(specOf(plan).defaultInputs.map(({ name }) => name)).toEqual(['label'])
    expect(definitionOf(plan).interface.inputs.map(({ name }) => name)).not.toContain('n')
  })

  test.each([
    [
      'defaults',
      { defaults: { n: 'two' } },
      /the default of input n of task wf\.report: expected integer, got string "two"/,
    ],
    ['fixed', { fixed: { n: 0.5 } }, /fixed input n of task wf\.report: expected integer, got/],
    ['defaults.m', { defaults: { m: 1 } }, /defaults: task wf\.report has no input m/],
    ['fixed.labels', { fixed: { labels: 'a' } }, /fixed: task wf\.report has no input labels/],
  ])('L-3: is wrong where it is declared: %s', (_, saved, message) => {
    const declare = () => launchPlan(report, { name: 'wrong', ...(saved as object) })
    expect(declare).toThrow(InvalidArgumentError)
    expect(declare).toThrow(message)
  })

  test('says which input may have been meant', () => {
    const declare = () => launchPlan(report, { name: 'wrong', fixed: { labels: 'a' } as object })
    expect(declare).toThrow(expect.objectContaining({ hint: 'Did you mean label?' }))
  })

  test('BUG-12: changes nothing that it is given, and nothing that is done to that changes it', async () => {
    const defaults = Object.freeze({ tags: ['a'] })
    const labels: Record<string, string> = { team: 'ml' }
    const plan = launchPlan(report, { name: freshName(), defaults, labels })
    const before = JSON.stringify(specOf(plan), (_, value) => (typeof value === 'bigint' ? String(value) : value))
    defaults.tags.push('b')
    labels['team'] = 'other'
    const after = JSON.stringify(specOf(plan), (_, value) => (typeof value === 'bigint' ? String(value) : value))
    expect(after).toBe(before)
    expect(defaults).toEqual({ tags: ['a', 'b'] })
  })

  test('L-12: says everything about its runs', () => {
    const plan = launchPlan(report, {
      name: freshName(),
      description: 'every night',
      labels: { team: 'ml' },
      annotations: { note: 'x' },
      envVars: { LEVEL: 'debug' },
      customContext: { tenant: 'a' },
      rawOutput: 's3://bucket/prefix',
      maxActionConcurrency: 20,
      concurrency: { max: 1, onLimit: 'queue' },
      identity: { serviceAccount: 'runner' },
      interruptible: true,
      overwriteCache: true,
      queue: 'slow',
    })
    expect(specOf(plan)).toMatchObject({
      description: 'every night',
      context: { tenant: 'a' },
      concurrency: { maxRuns: 1, onLimit: 2 },
      runSpec: {
        labels: { values: { team: 'ml' } },
        annotations: { values: { note: 'x' } },
        envs: { values: [{ key: 'LEVEL', value: 'debug' }] },
        rawDataStorage: { rawDataPrefix: 's3://bucket/prefix' },
        maxActionConcurrency: 20,
        securityContext: { runAs: { k8sServiceAccount: 'runner' } },
        interruptible: true,
        overwriteCache: true,
        queue: 'slow',
      },
    })
  })

  test('L-13: is not started once more than it says, if that is all it says', () => {
    const plan = launchPlan(report, { name: freshName(), concurrency: { max: 3 } })
    expect(specOf(plan).concurrency).toMatchObject({ maxRuns: 3, onLimit: 1 })
  })

  test.each([
    [{ name: 'a b' }, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x', schedules: 1 }, 'schedules'],
    // L-15: a schedule is made by cron(…) or every(…)
    [{ name: 'x', schedule: '@daily' }, 'schedule'],
    [{ name: 'x', maxActionConcurrency: 1 }, 'maxActionConcurrency'],
    [{ name: 'x', concurrency: { max: 0 } }, 'launch plan x: concurrency.max'],
    [{ name: 'x', concurrency: { onLimit: 'skip' } }, 'concurrency.max'],
    [{ name: 'x', concurrency: { max: 1, onLimit: 'wait' } }, 'concurrency.onLimit'],
    [{ name: 'x', identity: 'runner' }, 'identity'],
    [{ name: 'x', labels: { a: 1 } }, 'launch plan x: labels'],
    [{ name: 'x', notify: 'me' }, 'notify'],
    [{ name: 'x', autoActivate: 'yes' }, 'launch plan x: autoActivate'],
    [{ name: 'x', fixed: { n: double } }, 'x'],
  ])('refuses %j', (options, field) => {
    expect(() => launchPlan(report, options as never)).toThrow(InvalidArgumentError)
    if (field !== 'x') expect(() => launchPlan(report, options as never)).toThrow(expect.objectContaining({ field }))
  })

  test('can be of any task, but not of another launch plan', () => {
    const nap = launchPlan(double, { name: freshName(), fixed: { n: 1 } })
    expect(() => launchPlan(nap as never, { name: 'nap' })).toThrow(/cannot launch another launch plan/)
  })

  test('is known to the program that declares it', () => {
    const plan = launchPlan(report, { name: freshName() })
    expect(registeredLaunchPlans()).toContain(plan)
    expect(registeredLaunchPlans()).not.toContain(report.defaultLaunchPlan)
  })
})

describe('L-10: here', () => {
  const plan = launchPlan(report, { name: 'here', defaults: { label: 'a' }, fixed: { n: 2 } })

  test('K-8: a call is a call of what it launches, with what it saves', async () => {
    expect(await plan({ at })).toEqual({ sum: 6, label: 'a4' })
    expect(await plan({ at, label: 'b' })).toEqual({ sum: 6, label: 'b4' })
  })

  test('a run is one of what it launches, with what it saves', async () => {
    const handle = await run.local(plan, { at })
    expect(await handle.outputs()).toEqual({ sum: 6, label: 'a4' })
    expect(handle.actions[0]?.title).toBe('wf.report')
  })

  test('BUG-12: L-9: what is fixed cannot be given', async () => {
    await expect(plan({ at, n: 3 } as never)).rejects.toThrow(DataValidationError)
    await expect(plan({ at, n: 3 } as never)).rejects.toThrow('launch plan here fixes the input n')
    await expect(run.local(plan, { at, n: 3 } as never)).rejects.toThrow('launch plan here fixes the input n')
  })

  test('BUG-23: what is missing is missing', async () => {
    await expect(plan({} as never)).rejects.toThrow('missing input at (datetime)')
    await expect(report.defaultLaunchPlan({ at } as never)).rejects.toThrow('missing input n (integer)')
  })

  test('its options that mean something here hold', async () => {
    const tell = env.task({ name: 'tell', output: z.string() }, (_, { customContext }) =>
      [process.env['TERN_TEST_LEVEL'], customContext['tenant']].join(),
    )
    const told = launchPlan(tell, {
      name: freshName(),
      envVars: { TERN_TEST_LEVEL: 'low' },
      customContext: { tenant: 'a' },
    })
    expect(await (await run.local(told)).outputs()).toBe('low,a')
    const options = { envVars: { TERN_TEST_LEVEL: 'high' }, customContext: { tenant: 'b' } }
    expect(await (await run.local(told, {}, options)).outputs()).toBe('high,b')
  })

  test('its options hold for all below its node, before those of the run around it, and for nothing else', async () => {
    const tell = env.task({ name: 'tell-env', output: z.string() }, () =>
      [process.env['TERN_TEST_LEVEL'], process.env['TERN_TEST_PLACE']].join('/'),
    )
    const tells = workflow({ env, name: freshName(), output: z.string() }, () => tell.node())
    const told = launchPlan(tells, { name: freshName(), envVars: { TERN_TEST_LEVEL: 'low' } })
    const wf = workflow({ env, name: freshName(), outputs: { plan: z.string(), beside: z.string() } }, () => {
      return { plan: told.node(), beside: tell.node() }
    })
    const options = { envVars: { TERN_TEST_LEVEL: 'high', TERN_TEST_PLACE: 'here' } }
    expect(await (await run.local(wf, {}, options)).outputs()).toEqual({ plan: 'low/here', beside: 'high/here' })
    const caller = env.task({ name: freshName(), output: z.string() }, () => told())
    expect(await (await run.local(caller, {}, options)).outputs()).toBe('low/here')
  })

  test('a node of it computes anew what is cached, if it says so', async () => {
    let computed = 0
    const count = env.task({ name: freshName(), output: z.int(), cache: { version: '1' } }, () => ++computed)
    const anew = launchPlan(count, { name: freshName(), overwriteCache: true })
    const asItIs = launchPlan(count, { name: freshName() })
    const wf = workflow({ env, name: freshName(), outputs: { a: z.int(), b: z.int(), c: z.int() } }, () => {
      const [a, b, c] = [asItIs.node(), anew.node(), asItIs.node()]
      chain(a, b, c)
      return { a, b, c }
    })
    expect(await wf.run()).toEqual({ a: 1, b: 2, c: 2 })
  })

  test('a run of it has as many actions at once as it says', async () => {
    let most = 0
    let now = 0
    const busy = env.task({ name: freshName(), inputs: { n: z.int() } }, async () => {
      now += 1
      most = Math.max(most, now)
      await new Promise((resolve) => setTimeout(resolve, 20))
      now -= 1
    })
    const many = workflow({ env, name: freshName() }, () => void Array.from({ length: 6 }, (_, n) => busy.node({ n })))
    const plan = launchPlan(many, { name: freshName(), maxActionConcurrency: 2 })
    await (await run.local(plan)).outputs()
    expect(most).toBe(2)
    await (await run.local(plan, {}, { maxActionConcurrency: 3 })).outputs()
    expect(most).toBe(3)
  })

  test('is described as it is, or as what it launches', () => {
    const told = workflow({ env, name: freshName(), docs: 'the workflow' }, () => {})
    const docsOf = (options: { description?: string }) =>
      toTaskSpec(definitionOf(launchPlan(told, { name: freshName(), ...options })), location).documentation
    const location = { org: '', project: 'p', domain: 'd', version: 'v', bundleUri: '' }
    expect(docsOf({ description: 'the plan' })).toMatchObject({ shortDescription: 'the plan' })
    expect(docsOf({})).toMatchObject({ shortDescription: 'the workflow' })
  })

  test('values are what the task transforms, once', async () => {
    const twice = env.task(
      { name: 'twice', inputs: { s: z.string().transform((s) => `${s}!`) }, output: z.string() },
      ({ s }) => s,
    )
    const saved = launchPlan(twice, { name: freshName(), defaults: { s: 'a' } })
    expect(await saved()).toBe('a!')
    expect(await saved({ s: 'b' })).toBe('b!')
    expect(await (await run.local(saved)).outputs()).toBe('a!')
    const wf = workflow({ env, name: freshName(), output: z.string() }, () => saved.node({ s: 'c' }))
    expect(await wf.run()).toBe('c!')
  })
})

describe('L-6: the default launch plan', () => {
  test('has the name of the workflow, and fixes nothing', async () => {
    const plan = report.defaultLaunchPlan
    expect(plan.name).toBe('wf.report')
    expect(plan).toBe(report.defaultLaunchPlan)
    expect(definitionOf(plan).interface.inputs).toHaveLength(4)
    expect(await plan({ n: 1, at })).toEqual({ sum: 4, label: 'z2' })
  })
})

describe('L-7: with', () => {
  const plan = launchPlan(report, {
    name: 'base',
    defaults: { label: 'a' },
    fixed: { n: 2 },
    labels: { team: 'ml' },
    concurrency: { max: 1 },
    schedule: cron('@daily', { kickoffInput: 'at' }),
  })

  test('keeps what is not said anew', async () => {
    const other = plan.with({ name: 'other', labels: { team: 'web' } })
    expect(specOf(other)).toMatchObject({
      ...specOf(plan),
      runSpec: { ...specOf(plan).runSpec, labels: { values: { team: 'web' } } },
    })
    expect(plan.name).toBe('base')
    expect(specOf(plan).runSpec?.labels?.values).toEqual({ team: 'ml' })
  })

  test('replaces what is said anew, as a whole', async () => {
    const other = plan.with({ name: 'other', fixed: {}, defaults: { n: 1 }, interruptible: false })
    expect(specOf(other)).toMatchObject({ fixedInputs: [], defaultInputs: [{ name: 'n' }] })
    expect(specOf(other).runSpec?.interruptible).toBe(false)
    expect(await other({ at, n: 5 })).toEqual({ sum: 12, label: 'z10' })
  })

  test('needs a name', () => {
    expect(() => plan.with({} as never)).toThrow(/needs a name of its own/)
  })

  test('is instead of override', () => {
    expect(() => plan.override({ retries: 1 } as never)).toThrow(/plan\.with|override/)
  })
})

describe('L-8: a node', () => {
  const plan = launchPlan(report, { name: 'child', defaults: { label: 'a' }, fixed: { n: 2 } })
  // The plan, what it launches, and the nodes of that.
  const launched = ['child', 'wf.report', 'wf.double', 'wf.both']

  test('is a run of its own, with what is given and the defaults', async () => {
    const wf = workflow({ env, name: freshName(), inputs: { d: z.date() }, output: z.string() }, ({ d }) => {
      return plan.node({ at: d, tags: ['x'] }, { nodeName: 'nightly', name: 'Nightly' }).label
    })
    const { message } = wf.compile()
    const [node] = message.graph?.nodes ?? []
    expect(node).toMatchObject({ id: 'nightly', name: 'Nightly', kind: { case: 'call' } })
    expect(node?.inputs.map(({ name, value }) => [name, value?.kind.case])).toEqual([
      ['at', 'reference'],
      ['label', 'literal'],
      ['tags', 'literal'],
    ])
    expect(message.entities).toMatchObject([
      { kind: { case: 'launchPlan', value: { name: 'child', optionalInputs: ['label', 'tags'] } } },
    ])
    const handle = await run.local(wf, { d: at })
    expect(await handle.outputs()).toBe('a4')
    expect(handle.actions.map(({ title }) => title)).toEqual([wf.name, ...launched])
  })

  test('is of the version that it is deployed with', () => {
    const wf = workflow({ env, name: freshName(), output: z.string() }, () => plan.node({ at }).label)
    const spec = toTaskSpec(definitionOf(wf), { org: '', project: 'p', domain: 'd', version: 'v7', bundleUri: '' })
    expect(workflowOfTemplate(spec.taskTemplate!).entities).toMatchObject([
      { kind: { case: 'launchPlan', value: { name: 'child', version: 'v7', project: '', domain: '' } } },
    ])
    expect(wf.compile().message.entities).toMatchObject([{ kind: { value: { version: '' } } }])
  })

  test('L-9, B-12: is not given what is fixed', () => {
    const wf = workflow({ env, name: freshName() }, () => void plan.node({ at, n: 3 } as never))
    expect(() => wf.compile()).toThrow(BindError)
    expect(() => wf.compile()).toThrow('launch plan child fixes the input n, which cannot be given')
  })

  test('N-15, TS-9: takes what is said of a node, and nothing that is said of tasks', () => {
    const wf = workflow({ env, name: freshName() }, () => void plan.node({ at }, { retries: 1 } as never))
    expect(() => wf.compile()).toThrow(/launch plan child does not take the option retries/)
  })

  test('BUG-26: nothing is launched while a graph is built', () => {
    const wf = workflow({ env, name: freshName() }, () => void plan({ at }))
    expect(() => wf.compile()).toThrow(RunInsideGraphError)
  })

  test('L-11: has the context of the plan, below what flows to it', async () => {
    const tell = env.task({ name: 'tell-node', output: z.string() }, (_, { customContext }) =>
      [customContext['tenant'], customContext['user']].join(),
    )
    const told = launchPlan(tell, { name: freshName(), customContext: { tenant: 'a', user: 'plan' } })
    const wf = workflow({ env, name: freshName(), output: z.string() }, () => told.node())
    expect(await (await run.local(wf, {}, { customContext: { user: 'ann' } })).outputs()).toBe('a,ann')
  })

  test('fails as what it launches does', async () => {
    const broken = env.task({ name: 'broken-plan', output: z.int() }, () => {
      throw new Error('no luck')
    })
    const failing = launchPlan(broken, { name: freshName() })
    const wf = workflow({ env, name: freshName(), output: z.int() }, () => failing.node())
    await expect(wf.run()).rejects.toThrow('no luck')
  })

  test('a task that runs launches it too', async () => {
    const caller = env.task({ name: 'caller', output: z.string() }, async () => (await plan({ at })).label)
    const handle = await run.local(caller)
    expect(await handle.outputs()).toBe('a4')
    expect(handle.actions.map(({ title }) => title)).toEqual(['wf.caller', ...launched])
    const spec = toTaskSpec(definitionOf(plan), { org: '', project: 'p', domain: 'd', version: 'v7', bundleUri: '' })
    expect(spec.taskTemplate).toMatchObject({
      type: 'launch-plan',
      custom: { name: 'child', version: 'v7', project: '', domain: '' },
    })
  })
})
