import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { bundleFile, loadBundle, taskSpecOf } from '@tern/sdk/bundle'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FlyteProject } from '@tern/test-support/flyte-project'

const files = join(import.meta.dirname, 'python')

let project: FlyteProject
beforeAll(async () => {
  project = await FlyteProject.start({ files })
  await Promise.all([
    project.flyte('deploy', 'languages.py', 'env'),
    project.flyte('deploy', 'frames.py', 'env'),
    deployTypeScript(),
  ])
}, 400_000)
afterAll(() => project?.stop())

async function deployTypeScript(): Promise<void> {
  const { client } = project
  const bundle = await bundleFile(join(files, 'languages.ts'))
  const [{ tasks }, bundleUri] = await Promise.all([loadBundle(bundle), client.uploadBundle(bundle)])
  const place = { org: 'tern', project: 'flytesnacks', domain: 'development', version: bundle.version, bundleUri }
  for (const task of tasks.values()) await client.deployTask(taskSpecOf(task, place))
}

async function result(task: string, inputs: Readonly<Record<string, number>> = {}): Promise<unknown> {
  return project.outputOf(await project.runDeployed(task, inputs))
}

describe('a task in TypeScript that calls one in Python', () => {
  test('gets back every value as it was given', async () => {
    expect(await result('typescript.calls_python')).toEqual({})
  })

  test('gives it days, maps and sets, and calls it by its name alone', async () => {
    expect(await result('typescript.calls_python_more')).toEqual({})
  })

  test('passes on custom context, and is given it from there', async () => {
    expect(await result('typescript.context_to_python')).toEqual({ user: 'Ada', team: 'blue' })
    expect(await result('python.context_to_typescript')).toEqual({ user: 'Ada', team: 'blue' })
  })

  test('leaves inputs to their defaults there', async () => {
    const at = '2024-02-29T00:00:00+00:00'
    expect(await result('typescript.shifts')).toEqual([`default ${at}`, `given ${at}`])
  })

  test('gets its errors, with the line that raised them, and those of calls that cannot be', async () => {
    expect(await result('typescript.catches_python')).toEqual([
      expect.stringMatching(/^LookupError user over here languages\.py", line \d+, in raises$/),
      'TaskNotFound user task python.unknown is not deployed in flytesnacks/development ',
      'DataValidationError user inputs.at: expected datetime, got string "noon" ',
      'TaskNotFound user task python.shift version old is not deployed in flytesnacks/development ',
    ])
  })
})

describe('what lies in storage', () => {
  test('goes through tasks of both languages: a file of 100 MB', async () => {
    const megabyte = Buffer.alloc(
      2 ** 20,
      Uint8Array.from({ length: 256 }, (_, index) => index),
    )
    const hash = createHash('sha256')
    for (let n = 0; n < 100; n++) hash.update(megabyte)
    const digest = hash.digest('hex')
    const size = 100 * megabyte.length
    expect(await result('typescript.passes_file', { size })).toEqual([String(size), digest, digest])
  })

  test('goes through tasks of both languages: folders', async () => {
    const [text, there, ...names] = (await result('typescript.passes_folder')) as ReadonlyArray<string>
    expect([text, there]).toEqual(['here', 'in-folder.txt'])
    expect(new Set(names)).toEqual(new Set(['in-one.txt', 'in-two.txt']))
  })

  test('goes through tasks of both languages: data frames', async () => {
    expect(await result('typescript.passes_frame')).toEqual(['0 row 0', '1 row 1', '2 row 2', '42'])
  })

  test('goes through tasks of Python: a data frame', async () => {
    expect(await result('frames.both', { rows: 10 })).toBe(45)
  })
})

describe('a task in Python that calls one in TypeScript', () => {
  test('gets back every value as it was given', async () => {
    expect(await result('python.calls_typescript')).toEqual({})
  })

  test('calls scripts and queries likewise', async () => {
    expect(await result('python.calls_kinds')).toEqual({ shout: "IT'S $HOME", total: '42' })
  })

  test('gets its errors, with the line that threw them', async () => {
    const told = await result('python.catches_typescript')
    expect(told).toMatch(/^RangeError user RangeError: over there\n.*at throws \(.*languages\.ts:\d+:\d+\)/)
  })
})
