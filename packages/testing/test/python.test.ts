import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ActionPhase } from '@tern/idl/common'
import type { Action } from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FlyteProject } from '@tern/test-support/flyte-project'

let project: FlyteProject
beforeAll(async () => {
  project = await FlyteProject.start({ files: join(import.meta.dirname, 'python') })
}, 400_000)
afterAll(() => project?.stop())

async function actionsOf(run: string): Promise<ReadonlyArray<Action>> {
  const actions: Action[] = []
  for await (const action of project.client.listActions(run)) actions.push(action)
  return actions
}

async function actionOf(run: string, phase: ActionPhase, name: string): Promise<string> {
  let found: string | undefined
  const look = async () => {
    const actions = await actionsOf(run)
    found = actions.find(({ status, metadata }) => status?.phase === phase && metadata?.funtionName === name)?.id?.name
    return found
  }
  await expect.poll(look).toBeDefined()
  return found ?? ''
}

describe("Flyte's own command", () => {
  test('runs a pipeline whose tasks are processes of this machine', async () => {
    const name = await project.run('pipeline.py', 'main', '--n', '4')
    expect(await actionsOf(name)).toHaveLength(5)
    const [io, runs] = await Promise.all([project.flyte('get', 'io', name), project.flyte('get', 'run')])
    expect(io).toContain('o0=14')
    expect(runs).toContain(name)
  })

  test('is told of a failure as its task put it', async () => {
    const output = await project.flyte(
      'run',
      '--name',
      'failing',
      '--follow',
      'pipeline.py',
      'fail',
      '--reason',
      'no luck',
    )
    expect(output).toContain('ValueError: no luck')
    expect(output).toMatch(/pipeline\.py", line \d+, in fail/)
    const { result } = await project.client.getAction('failing')
    expect(result).toMatchObject({ case: 'errorInfo', value: { message: 'ValueError: no luck' } })
    const logs = await project.flyte('get', 'logs', 'failing', '--attempt', '1')
    expect(logs).toContain('ValueError: no luck')
  })

  test('recovers a run that failed', async () => {
    const file = join(project.folder, 'there')
    const failed = await project.run('recovered.py', 'main', '--file', file)
    writeFileSync(file, '')
    // A name that the run does not have means nothing to it.
    await project.flyte('rerun', failed, '--name', 'again', '--recover', '--force-rerun-action', 'nothing')
    expect((await project.client.waitForAction('again')).status?.phase).toBe(ActionPhase.SUCCEEDED)
    const phases = (await actionsOf('again')).map(({ metadata, status }) => [metadata?.funtionName, status?.phase])
    expect(Object.fromEntries(phases)).toEqual({
      'recovered.main': ActionPhase.SUCCEEDED,
      'recovered.good': ActionPhase.RECOVERED,
      'recovered.needs': ActionPhase.SUCCEEDED,
    })
  })

  test('runs modules of packages, with all the options of a run', async () => {
    const options = ['--name', 'named', '--label', 'team=ml', '-e', 'OF_RUN=run', '-e', 'OF_BOTH=run']
    const places = ['--raw-data-path', join(project.folder, 'raw'), '--queue', 'default', '--copy-style', 'all']
    const module = join('nested', 'deeper', 'options.py')
    const name = await project.run(...options, ...places, module, 'variables', '--n', '2')
    expect(name).toBe('named')
    expect(await project.outputOf(name)).toBe('task run run 3')
    const [labelled, again, rerun] = await Promise.all([
      project.flyte('get', 'run', '--with-label', 'team=ml'),
      project.flyte('run', ...options, module, 'variables'),
      project.flyte('rerun', 'named', '--name', 'renamed', '--n', '5', '--follow'),
    ])
    expect(labelled).toContain('named')
    expect(again).toContain("A run with the name 'named' already exists")
    expect(rerun).toContain('renamed')
    expect(await project.outputOf('renamed')).toBe('task run run 6')
  })

  test('deploys tasks and runs them by name', async () => {
    const module = join('nested', 'deeper', 'options.py')
    expect(await project.flyte('deploy', '--dry-run', module, 'env')).toContain('options.variables')
    expect(await project.flyte('get', 'task')).not.toContain('options.variables')
    await project.flyte('deploy', '--version', 'v1', module, 'env')
    await project.flyte('deploy', '--recursive', '--all', '--ignore-load-errors', '--version', 'v2', 'nested')
    const [listed, details] = await Promise.all([
      project.flyte('get', 'task', 'options.variables'),
      project.flyte('-of', 'json', 'get', 'task', 'options.variables', 'v1'),
    ])
    expect(listed).toContain('v2')
    expect(details).toContain('Tells what it finds.')
    const name = await project.run('deployed-task', 'options.variables:v1', '--n', '4')
    expect(await project.outputOf(name)).toBe('task task - 5')
    expect(await project.flyte('run', 'deployed-task', 'options.nothing', '--n', '4')).toContain('No versions found')
  })

  test('shows a report while its task runs, and answers its condition', async () => {
    await project.flyte('run', '--name', 'reporting', join('nested', 'deeper', 'options.py'), 'reports')
    const seen = await actionOf('reporting', ActionPhase.PAUSED, 'seen')
    const program = [
      'import flyte, flyte.remote, json',
      'flyte.init_from_config()',
      'print("RESULT " + json.dumps(flyte.remote.Run.get("reporting").get_report()))',
    ].join('\n')
    const report = await project.program<string>('-c', program)
    for (const part of ['first tab', 'second tab', 'Second']) expect(report).toContain(part)
    expect(await project.flyte('get', 'condition', 'reporting')).toContain('seen')
    expect(await project.flyte('get', 'run', '--paused-only')).toContain('reporting')
    const refused = await project.flyte('signal', 'condition', 'reporting', 'a0', 'x')
    expect(refused).toContain('not a signalable condition')
    await project.flyte('signal', 'condition', 'reporting', seen, 'with my eyes')
    expect(await project.outputOf('reporting')).toBe('with my eyes')
  })

  test('aborts a child, then a run', async () => {
    await project.flyte('run', '--name', 'unwanted', 'features.py', 'nested_sleep')
    const child = await actionOf('unwanted', ActionPhase.RUNNING, 'features.sleeper')
    await project.flyte('abort', 'action', 'unwanted', child, '--reason', 'one too many')
    const aborted = await project.client.waitForAction('unwanted', child)
    expect(aborted.result).toMatchObject({ case: 'abortInfo', value: { reason: 'one too many' } })
    expect((await project.client.waitForAction('unwanted')).status?.phase).toBe(ActionPhase.FAILED)

    await project.flyte('run', '--name', 'unloved', 'features.py', 'nested_sleep')
    await actionOf('unloved', ActionPhase.RUNNING, 'features.sleeper')
    await project.flyte('abort', 'run', 'unloved', '--reason', 'changed my mind')
    const run = await project.client.waitForAction('unloved')
    expect(run.result).toMatchObject({ case: 'abortInfo', value: { reason: 'changed my mind' } })
    expect(new Set((await actionsOf('unloved')).map(({ status }) => status?.phase))).toEqual(
      new Set([ActionPhase.ABORTED]),
    )
  })

  test('keeps projects and settings', async () => {
    await project.flyte('create', 'project', '--id', 'birds', '--name', 'Birds', '--label', 'of=sea')
    await project.flyte('update', 'project', 'birds', '--description', 'of the sea')
    expect(await project.flyte('get', 'project', 'birds')).toContain('of the sea')
    await project.flyte('update', 'project', 'birds', '--archive')
    expect(await project.flyte('get', 'project')).not.toContain('birds')
    const file = join(project.folder, 'settings.yaml')
    writeFileSync(file, 'run.max_action_concurrency: 7\n')
    await project.flyte('edit', 'settings', '--domain', 'staging', '--from-file', file)
    expect(await project.flyte('get', 'settings', '--domain', 'staging')).toContain('run.max_action_concurrency: 7')
  })

  test('runs scripts, and runs of its own machine that are reported', async () => {
    writeFileSync(join(project.folder, 'script.py'), 'print("from a script")\n')
    await project.flyte('run', '--name', 'scripted', 'python-script', 'script.py')
    expect((await project.client.waitForAction('scripted')).status?.phase).toBe(ActionPhase.SUCCEEDED)
    expect(await project.flyte('get', 'logs', 'scripted')).toContain('from a script')
    await project.flyte('run', '--local', '--tracked', '--name', 'tracked', 'pipeline.py', 'main', '--n', '2')
    expect(await project.flyte('get', 'action', 'tracked')).toContain('pipeline.square')
  })

  test.for([
    ['get run nothing', /run nothing does not exist in flytesnacks\/development/],
    ['get logs nothing', /run nothing does not exist/],
    ['get project nothing', /project "nothing" does not exist/],
    ['get trigger pipeline.main nothing', /trigger nothing of task pipeline\.main does not exist/],
    ['abort run nothing', /run nothing does not exist/],
    ['get settings --domain nothing', /domain "nothing" does not exist. The domains are development/],
    ['run -p nothing pipeline.py main --n 1', /project "nothing" does not exist/],
    ['run --name No_Name pipeline.py main --n 1', /run_id\.name "No_Name" must start with a lower-case letter/],
    ['get app', /AppService\/List is not available in this version of Tern. It runs tasks, and no apps/],
    ['whoami', /does not know who you are/],
  ] as const)('says what is wrong: flyte %s', async ([command, expected]) => {
    expect(await project.flyte(...command.split(' '))).toMatch(expected)
  })
})
