import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { type AnyTask, configure, run, type RunHandle } from '@tern/sdk'
import { createClient } from '@tern/sdk/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServerProcess } from '@tern/test-support/server-process'
import { isAlive } from './processes.ts'
import { absent, all, echoed, expected, failing, graph, piped, sleeping, unset, upper } from './kind-tasks.ts'

let folder: string
let server: ServerProcess
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-kinds-'))
  server = await ServerProcess.start({ dataDir: join(folder, 'a folder of data'), log: 'ignore' })
  configure({ endpoint: server.url })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

describe.each(['remote', 'local'] as const)('%s', (mode) => {
  const start = (task: AnyTask, inputs: object = {}): Promise<RunHandle<unknown>> =>
    run(task, inputs as never, { mode }) as Promise<RunHandle<unknown>>

  test('commands and scripts get what they are given, and nothing of it becomes a part of them', async () => {
    expect(await (await start(all)).outputs()).toEqual(expected)
    expect(existsSync('/tmp/tern-was-here')).toBe(false)
  })

  test('another exit code than 0 is an error of the task, and is tried again', async () => {
    const state = await (await start(failing, { code: 7 })).wait()
    expect(state).toMatchObject({ phase: 'FAILED', attempts: 2, error: { code: 'NonZeroExit', kind: 'user' } })
    expect(state.error?.message).toMatch(/exit code 7[^]*attempt ends/)
  })

  test.each([
    ['a variable that does not exist', unset, /inputs_nothing/],
    ['a failing part of a pipe', piped, /exit code 1/],
  ])('%s ends a script', async (_, task, message) => {
    expect((await (await start(task)).wait()).error).toMatchObject({
      code: 'NonZeroExit',
      message: expect.stringMatching(message),
    })
  })

  test('they are nodes of a graph', async () => {
    expect(await (await start(graph, { text: 'abc' })).outputs()).toEqual({ shouted: 'ABC', size: 3 })
  })

  test('a script that takes too long is ended, with what it started', async () => {
    expect(await (await start(sleeping)).wait()).toMatchObject({ phase: 'TIMED_OUT' })
  })

  test('a program that is not there is named', async () => {
    const { error } = await (await start(absent)).wait()
    expect(error).toMatchObject({ code: 'SpawnFailed', message: expect.stringMatching(/no-such-program.*(PATH)?/) })
  })
})

test('a script runs when it is called as a function', async () => {
  expect(await upper({ text: 'shout' })).toBe('SHOUT')
  await expect(echoed({ text: 1 } as never)).rejects.toThrow(/missing input file/)
})

test('a script ends with the process that runs it', async () => {
  const tasks = pathToFileURL(join(import.meta.dirname, 'kind-tasks.ts')).href
  const program = `import { lasting } from ${JSON.stringify(tasks)}
    import { run } from '@tern/sdk'
    process.stdout.on('error', () => {})
    void run(lasting, {}, { mode: 'local' })`
  const node = spawn(process.execPath, ['-C', '@tern/source', '--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: node.stdout }), 'line')) as [string]
  const pid = Number(line)
  expect(isAlive(pid)).toBe(true)
  node.kill('SIGINT')
  await once(node, 'close')
  await expect.poll(() => isAlive(pid)).toBe(false)
})

test('a deployed script is run by its name', async () => {
  const client = createClient({ endpoint: server.url })
  const handle = await run(upper, { text: 'a' })
  expect(await handle.outputs()).toBe('A')
  const { spec } = await client.getAction(handle.name)
  const template = spec.case === 'task' ? spec.value.taskTemplate : undefined
  expect(template).toMatchObject({
    type: 'raw-container',
    target: { case: 'container', value: { image: 'debian:stable-slim', dataConfig: { enabled: true } } },
  })
})
