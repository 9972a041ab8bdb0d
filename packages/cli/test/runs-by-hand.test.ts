import { create, toJson } from '@bufbuild/protobuf'
import { literalTypes, typedInterface } from '@tern/core'
import { EnqueueRequestSchema } from '@tern/idl/actions'
import { ContainerSchema, type LiteralType } from '@tern/idl/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StartedRunView } from '../src/task-run/finished-run-view.ts'
import type { ActionDetailsView } from '../src/views/action-view.ts'
import type { ConditionView } from '../src/views/condition-view.ts'
import type { IoView } from '../src/views/io-view.ts'
import type { RunView } from '../src/views/run-view.ts'
import type { TaskVersionView } from '../src/views/task-view.ts'
import { aTask, InProcess } from './in-process.ts'

let cli: InProcess
beforeAll(async () => {
  cli = await InProcess.start()
  await cli.client.deployTask(waitingTask('wait.main'))
})
afterAll(() => cli.stop())

/** A task that runs until it is aborted. */
function waitingTask(name: string) {
  const spec = aTask(name)
  const template = spec.taskTemplate!
  const args = ['-c', 'exec sleep 600']
  template.target = { case: 'container', value: create(ContainerSchema, { image: 'x', command: ['/bin/sh'], args }) }
  template.interface = typedInterface({ inputs: { n: literalTypes.integer() }, outputs: {} })
  spec.defaultInputs = []
  return spec
}

describe('running what a trigger starts', () => {
  test('has its inputs and labels, and says where it comes from', async () => {
    const made = ['--schedule', '@yearly', '--input', 'n=7', '--label', 'a=1', '--label', 'b=1', '--env', 'X=1']
    await cli.tern(['create', 'trigger', 'wait.main', 'rarely', ...made])
    const started = await cli.json<StartedRunView>(['run', 'trigger', 'wait.main', 'rarely', '--label', 'b=2'])
    expect(started).toMatchObject({ task: 'wait.main', taskVersion: 'v1' })
    expect((await cli.json<IoView>(['get', 'io', started.name])).inputs).toEqual({ n: 7 })
    const run = await cli.json<RunView>(['get', 'run', started.name])
    expect(run).toMatchObject({ source: 'CLI', labels: { a: '1', b: '2' }, task: 'wait.main' })
    expect(run.trigger).toEqual({ task: 'wait.main', name: 'rarely', revision: 1 })
    const listed = (trigger: string) => cli.json<RunView[]>(['get', 'run', '--trigger', trigger])
    expect((await listed('rarely')).map(({ name }) => name)).toEqual([started.name])
    expect(await listed('never')).toEqual([])
    const [version] = await cli.json<TaskVersionView[]>(['get', 'task', 'wait.main', '--versions'])
    expect(version?.latestRun).toMatchObject({ name: started.name, at: expect.stringMatching(/Z$/) })
    await cli.tern(['abort', 'run', started.name])
  })

  test('takes a name; a run by hand is the command’s', async () => {
    const { code } = await cli.tern(['run', 'trigger', 'rarely', 'wait.main', '--name', 'by-hand'])
    expect(code).toBe(0)
    expect((await cli.json<RunView>(['get', 'run', 'by-hand'])).source).toBe('CLI')
    await cli.tern(['abort', 'run', 'by-hand'])
  })

  test.each([
    [['run', 'trigger', 'wait.main'], 2, "error: missing required argument 'trigger'\nhint: See tern run --help.\n"],
    [['run', 'trigger', 'wait.main', 'rarley'], 1, /\nhint: Did you mean rarely\?\n$/],
    [['run', 'trigger', 'wait.main', 'rarely', '--local'], 2, /^error: a trigger runs on a server/],
    [['run', 'trigger', 'wait.main', 'rarely', '--lable', 'a=b'], 2, /\nhint: Did you mean --label\?\n$/],
  ])('tern %j is refused', async (args, code, message) => {
    const result = await cli.tern(args)
    expect(result.code).toBe(code)
    if (typeof message === 'string') expect(result.stderr).toBe(message)
    else expect(result.stderr).toMatch(message)
  })
})

describe('conditions', () => {
  const run = 'waits-for-values'
  beforeAll(async () => {
    await cli.tern(['run', 'deployed-task', 'wait.main', '--n', '1', '--name', run])
    const phase = async () => (await cli.json<RunView>(['get', 'run', run])).phase
    while ((await phase()) !== 'RUNNING') continue
    await enqueue('c1', 'approval', literalTypes.boolean())
    await enqueue('c2', 'offset', literalTypes.integer())
    await enqueue('c3', 'comment', literalTypes.string())
    await enqueue('c4', 'rate', literalTypes.float())
    while ((await waiting()).length < 4) continue
  })
  afterAll(() => cli.tern(['abort', 'run', run]))

  async function enqueue(name: string, condition: string, type: LiteralType) {
    const actionId = { run: { org: 'tern', project: 'flytesnacks', domain: 'development', name: run }, name }
    const spec = { case: 'condition' as const, value: { name: condition, prompt: `What ${condition}?`, type } }
    const action = { actionId, parentActionName: 'a0', inputUri: 'nowhere', spec }
    const request = toJson(EnqueueRequestSchema, create(EnqueueRequestSchema, { action }))
    await cli.call('flyteidl2.actions.ActionsService/Enqueue', request)
  }

  const waiting = () => cli.json<ConditionView[]>(['get', 'condition', run])
  const signal = (...args: string[]) => cli.json(['signal', 'condition', run, ...args])

  test('are listed with what they ask, and get their values by name or action', async () => {
    expect((await waiting()).find(({ name }) => name === 'approval')).toMatchObject({
      action: 'c1',
      run,
      phase: 'PAUSED',
      type: 'boolean',
      prompt: 'What approval?',
    })
    const { stdout } = await cli.tern(['get', 'condition', run])
    expect(stdout).toMatch(/^CONDITION +ACTION +PHASE +TYPE +SINCE +PROMPT\n/)

    const refused = async (...args: string[]) => {
      const { code, stderr } = await cli.tern(['signal', 'condition', run, ...args])
      return `${code} ${stderr}`
    }
    expect(await refused('approval', 'maybe')).toMatch(/^2 error: value.*boolean/)
    expect(await refused('offset', '1.5')).toMatch(/^2 error: value.*integer/)
    expect(await refused('approval')).toBe(
      '2 error: a value is needed\nhint: Write a boolean after the action: What approval?\n',
    )
    expect(await refused('aproval', 'true')).toMatch(/^1 error: .*\nhint: Did you mean approval\?\n$/)
    expect(await refused('a0', 'true')).toMatch(/^1 error: action a0 of run .* is no condition/)
    expect((await waiting()).length).toBe(4)

    expect(await signal('approval', 'true')).toEqual({ run, action: 'c1', condition: 'approval', value: true })
    const negative = await cli.tern(['signal', 'condition', '-o', 'json', run, 'c2', '--', '-5'])
    expect(JSON.parse(negative.stdout)).toMatchObject({ condition: 'offset', value: -5 })
    expect((await cli.tern(['signal', 'condition', run, 'comment'], { answers: ['well done'] })).stdout).toBe(
      `Condition comment of run ${run} is "well done".\n`,
    )
    expect(await signal('rate', '0.5')).toMatchObject({ value: 0.5 })
    expect(await waiting()).toEqual([])
    expect((await cli.tern(['get', 'condition', run])).stdout).toBe('Nothing waits for a value.\n')
    expect((await cli.json<ConditionView[]>(['get', 'condition', run, '--all'])).length).toBe(4)
    const action = await cli.json<ActionDetailsView>(['get', 'action', run, 'c1'])
    expect(action).toMatchObject({ phase: 'SUCCEEDED', type: 'CONDITION', task: 'approval' })
    expect(await refused('approval', 'false')).toMatch(
      /^1 error: condition approval of run .* waits no longer: it is SUCCEEDED/,
    )
  })
})
