import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { run, TaskEnvironment } from '@tern/sdk'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'

// What tasks of a local run see of the process that they share.

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-local-process-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const red = new TaskEnvironment({ name: 'red', envVars: { TERN_TEST_COLOR: 'red' } })
const blue = new TaskEnvironment({ name: 'blue', envVars: { TERN_TEST_COLOR: 'blue' } })
const pause = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('environment variables', () => {
  const seen = async () => {
    await pause()
    const { TERN_TEST_COLOR = 'none', EXTRA = 'none' } = process.env
    const child = execFileSync(process.execPath, ['-p', 'process.env.TERN_TEST_COLOR'], { encoding: 'utf8' }).trim()
    return [
      TERN_TEST_COLOR,
      EXTRA,
      child,
      String('TERN_TEST_COLOR' in process.env),
      String(Object.keys(process.env).includes('TERN_TEST_COLOR')),
    ]
  }
  const inRed = red.task({ name: 'look', output: z.array(z.string()) }, seen)
  const inBlue = blue.task({ name: 'look', output: z.array(z.string()) }, seen)

  test('are those of the task and of the run, in the task alone, whatever runs beside it', async () => {
    const main = red.task({ name: 'main', output: z.any() }, () => Promise.all([inRed(), inBlue()]))
    const handle = await run.local(main, {}, { envVars: { EXTRA: 'more' } })
    expect(await handle.outputs()).toEqual([
      ['red', 'more', 'red', 'true', 'true'],
      ['blue', 'more', 'blue', 'true', 'true'],
    ])
    expect(process.env['TERN_TEST_COLOR']).toBeUndefined()
    expect(process.env['EXTRA']).toBeUndefined()
  })

  test('may be changed by the task', async () => {
    const change = red.task({ name: 'change', output: z.any() }, async () => {
      process.env['TERN_TEST_COLOR'] = 'pink'
      process.env['TERN_TEST_SET'] = 'set'
      await pause()
      return [process.env['TERN_TEST_COLOR'], process.env['TERN_TEST_SET']]
    })
    expect(await (await run.local(change)).outputs()).toEqual(['pink', 'set'])
    expect(process.env['TERN_TEST_COLOR']).toBeUndefined()
    // It is a variable of the process, as it is in a worker.
    expect(process.env['TERN_TEST_SET']).toBe('set')
    delete process.env['TERN_TEST_SET']
  })
})

describe('secrets', () => {
  const tell = red.task({ name: 'tell', output: z.any() }, () => {
    const { API_KEY, TOKEN, MODELS_API_KEY, KEY_PATH, CERT_FILE } = process.env
    const path = KEY_PATH ?? CERT_FILE
    const file = path === undefined ? undefined : [readFileSync(path, 'utf8'), statSync(path).mode & 0o777]
    return { key: API_KEY ?? TOKEN ?? MODELS_API_KEY, path, file }
  })
  const told = async (secrets: Parameters<typeof tell.override>[0]['secrets'], file = '') => {
    const secretsFile = join(folder, '.env')
    writeFileSync(secretsFile, file)
    return run.local(tell.override({ secrets }), {}, { local: { secretsFile } })
  }

  test('come from a dotenv file, or from the variables of the process, which count more', async () => {
    const outputs = async (...args: Parameters<typeof told>) => (await told(...args)).outputs()
    expect(await outputs('api-key', 'API_KEY="from file"\n')).toMatchObject({ key: 'from file' })
    expect(await outputs({ key: 'api-key', envVar: 'TOKEN' }, 'API_KEY=x\n')).toMatchObject({ key: 'x' })
    expect(await outputs({ key: 'api-key', group: 'models' }, 'MODELS_API_KEY=y\n')).toMatchObject({ key: 'y' })
    process.env['API_KEY'] = 'from process'
    try {
      expect(await outputs('api-key', 'API_KEY=z\n')).toMatchObject({ key: 'from process' })
    } finally {
      delete process.env['API_KEY']
    }
  })

  test('are files where that is asked for, which are gone with the run', async () => {
    const handle = await told({ key: 'cert', mount: true }, 'CERT="a\nb"\n')
    const { path, file } = (await handle.outputs()) as { path: string; file: unknown }
    expect(file).toEqual(['a\nb', 0o600])
    await handle.settled()
    await expect.poll(() => statSync(path, { throwIfNoEntry: false })).toBeUndefined()
    expect(
      (await (await told({ key: 'cert', mount: true, envVar: 'KEY_PATH' }, 'CERT=c\n')).outputs()) as object,
    ).toMatchObject({
      file: ['c', 0o600],
    })
  })

  test('may be files that there are', async () => {
    const path = join(folder, 'mine')
    writeFileSync(path, 'd', { mode: 0o640 })
    expect(await (await told({ key: 'cert', mount: true }, `CERT_FILE=${path}\n`)).outputs()).toMatchObject({
      path,
      file: ['d', 0o640],
    })
  })

  test('that are nowhere end the action, without a retry', async () => {
    const { phase, attempts, error } = await (await told('nowhere')).wait()
    expect({ phase, attempts, code: error?.code }).toEqual({ phase: 'FAILED', attempts: 1, code: 'SecretNotFound' })
    expect(error?.message).toContain('neither a variable NOWHERE of this process nor in ')
  })
})

describe('output', () => {
  const print = red.task({ name: 'print', inputs: { n: z.int() } }, async ({ n }) => {
    process.stdout.write(`${n} begins\n`)
    await pause()
    process.stderr.write(`${n} ends`)
  })
  const both = red.task({ name: 'both' }, async () => {
    await Promise.all([print({ n: 1 }), print({ n: 2 })])
  })

  test('goes into the logs of the attempts where it is captured', async () => {
    const handle = await run.local(both, {}, { local: { output: 'capture' } })
    const changes: string[] = []
    handle.onChange(({ name }) => changes.push(name))
    await handle.wait()
    const logs = handle.actions
      .slice(1)
      .map(({ attempts }) => attempts[0]?.logs.map(({ stream, text }) => `${stream} ${text}`))
    expect(logs).toEqual([
      ['stdout 1 begins', 'stderr 1 ends'],
      ['stdout 2 begins', 'stderr 2 ends'],
    ])
    expect(changes).toContain('a0')
  })
})

test('process.exit is an error of the task', async () => {
  const exit = red.task({ name: 'exit' }, () => process.exit(3))
  const { phase, error } = await (await run.local(exit)).wait()
  expect(phase).toBe('FAILED')
  expect(error?.message).toContain('the task called process.exit(3)')
})

test('the process is as before when no local run is left', async () => {
  const state = () => [
    process.env,
    Reflect.get(process, 'exit'),
    Reflect.get(process.stdout, 'write'),
    process.listenerCount('uncaughtException'),
  ]
  const before = state()
  const handle = await run.local(red.task({ name: 'nothing' }, () => undefined))
  await handle.wait()
  await expect.poll(state).toEqual(before)
  expect(process.env).toBe(before[0])
})

test('an abort gives code its time to stop', async () => {
  const stopped: string[] = []
  const begun = Promise.withResolvers<void>()
  const tidy = red.task({ name: 'tidy' }, async (_, { signal }) => {
    begun.resolve()
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    await pause()
    stopped.push('tidy')
  })
  const deaf = red.task({ name: 'deaf' }, () => new Promise<void>(() => {}))
  const main = red.task({ name: 'both-of-them' }, async () => {
    await Promise.all([tidy(), deaf()])
  })
  const handle = await run.local(main, {}, { local: { abortGraceMs: 50 } })
  await begun.promise
  await handle.abort('enough')
  expect(stopped).toEqual(['tidy'])
  expect(handle.actions.map(({ phase }) => phase)).toEqual(['ABORTED', 'ABORTED', 'ABORTED'])
})
