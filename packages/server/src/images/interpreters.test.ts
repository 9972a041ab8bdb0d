import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defaultPlace, findPython } from './find-python.ts'
import { Interpreters, type InterpretersOptions, type PythonOutcome, type PythonWish } from './interpreters.ts'
import { MachinePython } from './machine-python.ts'
import { aVirtualEnvironment, pretend } from './test/virtual-environment.ts'

let folder: string
let warnings: string[]

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tern-images-')))
  warnings = []
})
afterEach(() => rmSync(folder, { recursive: true }))

const aPlace = (name: string, packages?: Readonly<Record<string, string>>) =>
  aVirtualEnvironment(join(folder, name), packages)

function interpreters({ python, images }: { python?: string; images?: InterpretersOptions['images'] }): Interpreters {
  const logger = pino({ level: 'warn' }, { write: (line) => warnings.push((JSON.parse(line) as { msg: string }).msg) })
  return new Interpreters({ machine: new MachinePython(python), images, logger })
}

const scope = { project: 'flytesnacks', domain: 'development' }
const wish: PythonWish = { image: 'registry/flyte:py3.11-v2.12.1', flyteVersion: '2.12.1', runsFlyte: true, scope }
const nobody = { signal: new AbortController().signal, onLog: () => {} }

function ready(outcome: PythonOutcome) {
  if (outcome.outcome === 'failed') throw new Error(outcome.failure.message)
  return outcome
}

function failureOf(outcome: PythonOutcome) {
  return outcome.outcome === 'failed' ? outcome.failure : undefined
}

test('a task runs in the default environment, as if it were activated', async () => {
  const place = aPlace('default', { flyte: '2.12.1' })
  const python = ready(await interpreters({ python: place }).acquire(wish, nobody))
  expect(python).toMatchObject({ python: join(place, 'bin/python'), files: null, env: { VIRTUAL_ENV: place } })
  expect(python.env['PATH']).toBe(`${place}/bin:${process.env['PATH']}`)
  expect(warnings).toEqual([])
})

test('an image runs in what it is mapped to, and all others in the default', async () => {
  const place = aPlace('default', { flyte: '2.12.1' })
  const mapped = aPlace('mapped', { flyte: '2.12.1' })
  const source = interpreters({ python: place, images: [{ image: 'team/*', python: join(mapped, 'bin/python') }] })
  const pythonOf = async (image: string) => ready(await source.acquire({ ...wish, image }, nobody)).python
  expect(await pythonOf('team/model:v1')).toBe(join(mapped, 'bin/python'))
  expect(await pythonOf('model:v1')).toBe(join(place, 'bin/python'))
})

test('a task of any other language needs no Python, and has the environment of its image if that is mapped', async () => {
  const mapped = aPlace('mapped')
  const source = interpreters({ python: '/nowhere/python', images: [{ image: 'team/*', python: mapped }] })
  const other = { flyteVersion: '', runsFlyte: false, scope }
  expect(await source.acquire({ ...other, image: 'debian:12' }, nobody)).toMatchObject({ python: null, env: {} })
  const outcome = ready(await source.acquire({ ...other, image: 'team/tool' }, nobody))
  expect(outcome.env).toMatchObject({ VIRTUAL_ENV: mapped })
})

describe('what is missing is said, with what to do', () => {
  test('no interpreter', async () => {
    const outcome = await interpreters({ python: '/nowhere/python' }).acquire(wish, nobody)
    expect(failureOf(outcome)).toEqual({
      code: 'PythonNotFound',
      message:
        'there is no Python "/nowhere/python", which --python names. Name another one with tern start --python, or for some images with --image PATTERN=FOLDER.',
      kind: 'user',
      recoverable: false,
    })
  })

  test('one that is none', async () => {
    const file = join(folder, 'python')
    writeFileSync(file, '#!/bin/sh\necho "not today" >&2\nexit 1\n')
    chmodSync(file, 0o755)
    const images = [{ image: '*', python: file }]
    const outcome = await interpreters({ images }).acquire(wish, nobody)
    expect(failureOf(outcome)).toMatchObject({
      code: 'PythonNotFound',
      message: expect.stringContaining(`${file} (--image *) is no Python that works: not today.`),
    })
  })

  test('no flyte, until it is installed', async () => {
    const place = aPlace('default')
    const source = interpreters({ python: place })
    expect(failureOf(await source.acquire(wish, nobody))).toMatchObject({
      code: 'FlyteNotInstalled',
      message: expect.stringContaining(
        `the package flyte is not installed in the virtual environment ${place}, where --python has tasks run. ` +
          `Install it with: ${place}/bin/python -m pip install flyte==2.12.1.`,
      ),
      kind: 'user',
    })
    pretend(place, 'flyte', '2.12.1')
    expect(ready(await source.acquire(wish, nobody)).python).toBe(join(place, 'bin/python'))
  })
})

test('another minor version of flyte is a warning, once', async () => {
  const place = aPlace('default', { flyte: '2.10.3' })
  const source = interpreters({ python: place })
  ready(await source.acquire({ ...wish, flyteVersion: '2.10.0' }, nobody))
  expect(warnings).toEqual([])
  ready(await source.acquire(wish, nobody))
  ready(await source.acquire(wish, nobody))
  expect(warnings).toEqual([
    `${place}/bin/python (--python) has flyte 2.10.3, and tasks were made with 2.12.1: install the same minor version on both sides`,
  ])
})

test('what is loaded can be shared until something is installed', async () => {
  const place = aPlace('default', { flyte: '2.12.1' })
  const source = interpreters({ python: place })
  const keyOf = async () => ready(await source.acquire(wish, nobody)).key
  const first = await keyOf()
  expect(await keyOf()).toBe(first)
  pretend(place, 'more', '1.0')
  expect(await keyOf()).not.toBe(first)
})

describe('the default', () => {
  test('is what is asked for, the active environment, or else the first on the PATH', () => {
    const active = aPlace('active')
    expect(defaultPlace('python3.12', { VIRTUAL_ENV: active })).toEqual({ name: 'python3.12', source: '--python' })
    expect(defaultPlace(undefined, { VIRTUAL_ENV: active })).toEqual({ name: active, source: 'VIRTUAL_ENV' })
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    const onPath = () => defaultPlace(undefined, { VIRTUAL_ENV: join(folder, 'gone'), PATH: bin })
    expect(onPath()).toEqual({ name: 'python3', source: 'the PATH' })
    symlinkSync(execFileSync('sh', ['-c', 'command -v sh'], { encoding: 'utf8' }).trim(), join(bin, 'python'))
    expect(onPath()).toEqual({ name: 'python', source: 'the PATH' })
  })

  test('may be a folder, a file or a command', () => {
    const place = aPlace('place')
    expect(findPython(place)).toBe(`${place}/bin/python`)
    expect(findPython(`${place}/bin/python3`)).toBe(`${place}/bin/python3`)
    expect(findPython('python3', `/nowhere:${place}/bin`)).toBe(`${place}/bin/python3`)
    expect(findPython('python3', folder)).toBe(undefined)
    expect(findPython(join(folder, 'gone'))).toBe(undefined)
    expect(findPython(folder)).toBe(undefined)
  })
})

test('an interpreter is asked about itself once, however many tasks start at the same time', async () => {
  const place = aPlace('default', { flyte: '2.12.1' })
  const asked = join(folder, 'asked')
  const launcher = join(folder, 'launcher')
  writeFileSync(launcher, `#!/bin/sh\necho x >> '${asked}'\nexec '${place}/bin/python' "$@"\n`)
  chmodSync(launcher, 0o755)
  const source = interpreters({ python: launcher })
  for (const installed of ['more', 'most']) {
    await Promise.all(Array.from({ length: 5 }, () => source.acquire(wish, nobody)))
    pretend(place, installed, '1.0')
  }
  expect(readFileSync(asked, 'utf8')).toBe('x\nx\n')
})
