import { create, toBinary, toJson } from '@bufbuild/protobuf'
import { literalTypes, toLiteral, typedInterface } from '@tern/core'
import { EnqueueRequestSchema } from '@tern/idl/actions'
import { ActionPhase } from '@tern/idl/common'
import { ContainerSchema } from '@tern/idl/core'
import { OutputsSchema, type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StartedRunView } from '../src/task-run/finished-run-view.ts'
import type { ActionDetailsView } from '../src/views/action-view.ts'
import type { IoView } from '../src/views/io-view.ts'
import type { RunView } from '../src/views/run-view.ts'
import { InProcess } from './in-process.ts'

let cli: InProcess
beforeAll(async () => {
  cli = await InProcess.start({ abortGraceMs: 100 })
})
afterAll(() => cli.stop())

const place = { project: 'flytesnacks', domain: 'development' }

/** A task `n: integer, note?: string -> o0: integer` that runs a shell script. */
function aScript(name: string, script: string): TaskSpec {
  const inputs = { n: literalTypes.integer(), note: literalTypes.string() }
  return create(TaskSpecSchema, {
    taskTemplate: {
      id: { ...place, org: 'tern', name, version: 'v1' },
      type: 'raw-container',
      interface: typedInterface({ inputs, outputs: { o0: literalTypes.integer() } }),
      target: {
        case: 'container',
        value: create(ContainerSchema, { image: 'none', command: ['sh', '-c', script], args: ['{{.outputPrefix}}'] }),
      },
    },
    defaultInputs: [
      {
        name: 'note',
        parameter: {
          var: { type: inputs.note },
          behavior: { case: 'default', value: toLiteral('nothing', inputs.note) },
        },
      },
    ],
  })
}

const outputs = toBinary(
  OutputsSchema,
  create(OutputsSchema, { literals: [{ name: 'o0', value: toLiteral(42, literalTypes.integer()) }] }),
)
const writeOutputs = `echo ${Buffer.from(outputs).toString('base64')} | base64 -d > "$0/outputs.pb"`

/** A run whose root waits for a file, with a child that has succeeded; the run is aborted then. */
async function abortedRun(name: string): Promise<void> {
  await cli.client.deployTask(aScript(`${name}.main`, 'sleep 600'))
  await cli.tern(['run', 'deployed-task', `${name}.main`, '--n', '3', '--name', name, '--label', 'a=1', '--env', 'X=1'])
  await phase(name, 'a0', ActionPhase.RUNNING)
  await enqueue(name, 'child')
  await phase(name, 'child', ActionPhase.SUCCEEDED)
  await cli.tern(['abort', 'run', name])
}

async function enqueue(run: string, name: string): Promise<void> {
  const actionId = { run: { ...place, org: 'tern', name: run }, name }
  const { inputsUri } = await inputsOf(run)
  const spec = { case: 'task' as const, value: { spec: aScript('env.child', writeOutputs) } }
  const action = { actionId, parentActionName: 'a0', inputUri: inputsUri, runOutputBase: '/nowhere', spec }
  const request = toJson(EnqueueRequestSchema, create(EnqueueRequestSchema, { action }))
  await cli.call('flyteidl2.actions.ActionsService/Enqueue', request)
}

async function inputsOf(run: string): Promise<{ readonly inputsUri: string }> {
  const { inputsUri } = await cli.client.getActionData(run)
  return { inputsUri }
}

async function phase(run: string, action: string, wanted: ActionPhase): Promise<ActionDetailsView> {
  for await (const { status } of cli.client.watchAction(run, action)) if (status?.phase === wanted) break
  return cli.json<ActionDetailsView>(['get', 'action', run, action])
}

const inputs = async (run: string) => (await cli.json<IoView>(['get', 'io', run])).inputs

describe('a rerun', () => {
  beforeAll(() => abortedRun('first'))

  test('has the task and the inputs of the run, and says where it comes from', async () => {
    const started = await cli.json<StartedRunView>(['rerun', 'first', '--label', 'b=2', '--name', 'again'])
    expect(started).toMatchObject({ name: 'again', task: 'first.main', taskVersion: 'v1' })
    expect(await inputs('again')).toEqual({ n: 3, note: 'nothing' })
    const run = await cli.json<RunView>(['get', 'run', 'again'])
    expect(run).toMatchObject({ labels: { a: '1', b: '2' }, source: 'CLI' })
    expect(run.relation).toEqual({ type: 'RERUN', run: 'first', ...place })
    expect((await cli.tern(['get', 'run', 'again'])).stdout).toMatch(/^From +rerun of first$/m)
    const { runSpec } = await cli.client.getRun('again')
    expect(runSpec?.envs?.values.map(({ key, value }) => `${key}=${value}`)).toEqual(['X=1'])
    await cli.tern(['abort', 'run', 'again'])
  })

  test('takes other inputs, and says what they were', async () => {
    const { stdout } = await cli.tern(['rerun', 'first', '--help'])
    expect(stdout).toMatch(/--n <integer> +\(default 3\)/)
    const { name } = await cli.json<StartedRunView>(['rerun', 'first', '--n', '4'])
    expect(await inputs(name)).toEqual({ n: 4, note: 'nothing' })
    await cli.tern(['abort', 'run', name])
    // A rerun of it comes from it, and not from where it came from.
    const next = await cli.json<StartedRunView>(['rerun', name, '--note', 'why'])
    expect(await inputs(next.name)).toEqual({ n: 4, note: 'why' })
    expect((await cli.json<RunView>(['get', 'run', next.name])).relation).toMatchObject({ run: name })
    await cli.tern(['abort', 'run', next.name])
  })

  test('may be of one action, whose inputs it has', async () => {
    const { code, stdout } = await cli.tern(['rerun', 'first', '--action-name', 'child', '--follow', '-o', 'json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ task: 'env.child', phase: 'SUCCEEDED', outputs: { o0: 42 } })
  })
})

describe('a recovered run', () => {
  beforeAll(() => abortedRun('failed'))

  test('takes over what succeeded', async () => {
    await cli.tern(['rerun', 'failed', '--recover', '--name', 'recovered'])
    await phase('recovered', 'a0', ActionPhase.RUNNING)
    await enqueue('recovered', 'child')
    const child = await phase('recovered', 'child', ActionPhase.RECOVERED)
    expect(child.recoveredFrom).toEqual({ ...place, run: 'failed', action: 'child', attempt: null })
    expect((await cli.tern(['get', 'action', 'recovered', 'child'])).stdout).toMatch(
      /^Recovered +from action child of run failed$/m,
    )
    expect((await cli.json<RunView>(['get', 'run', 'recovered'])).relation).toMatchObject({ type: 'RECOVER' })
    await cli.tern(['abort', 'run', 'recovered'])
  })

  test('executes what it is told to, and warns of inputs that are others', async () => {
    const { stderr } = await cli.tern(
      'rerun failed --recover --force-rerun-action child --n 9 --name forced'.split(' '),
    )
    expect(stderr).toMatch(/^warning: input n is changed; what is taken over from failed/)
    await phase('forced', 'a0', ActionPhase.RUNNING)
    await enqueue('forced', 'child')
    expect((await phase('forced', 'child', ActionPhase.SUCCEEDED)).recoveredFrom).toBeNull()
    await cli.tern(['abort', 'run', 'forced'])
  })
})

describe('what cannot be run again', () => {
  beforeAll(() => abortedRun('there'))

  test.each([
    [['thare'], 1, /\nhint: Did you mean there\?\n$/],
    [['there', '--action-name', 'chidl'], 1, /\nhint: Did you mean child\?\n$/],
    [['there', '--recover', '--force-rerun-action', 'chld'], 1, /\nhint: Did you mean child\?\n$/],
    [['there', '--force-rerun-action', 'child'], 2, /^error: --force-rerun-action says what --recover/],
    [['there', '--recover', '--action-name', 'child'], 2, /^error: --recover is about a whole run/],
    [['there', '--n', 'many'], 2, /^error: --n/],
    [['there', '--m', '1'], 2, /^error: unknown option '--m'/],
    [[], 2, /^error: tern rerun needs the name of a run/],
  ])('tern rerun %j', async (args, code, message) => {
    const result = await cli.tern(['rerun', ...args])
    expect({ ...result, stderr: '' }).toEqual({ code, stdout: '', stderr: '' })
    expect(result.stderr).toMatch(message)
  })
})
