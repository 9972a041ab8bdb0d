import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { systemClock } from '@tern/core'
import { ImageSpecSchema } from '@tern/idl/imagebuilder'
import { pino } from 'pino'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type EnvironmentPolicy, type EnvironmentRequest, Environments } from './environments.ts'
import type { ImageEnvironment } from './interpreters.ts'
import { MachinePython } from './machine-python.ts'
import { aContext } from './test/wheels.ts'

const logger = pino({ level: 'silent' })
const machine = new MachinePython()
// Everything that is installed comes with the image, so that nothing has to be fetched.
const offline = { extraArgs: '--no-index' }
const digest = 'a'.repeat(64)

let context: Uint8Array
let folder: string
let log: string[]
let all: Environments[]

beforeAll(() => {
  context = aContext({ flyte: '2.12.1', other: '1.0' }, { 'src/data.txt': 'data', 'conf.txt': 'conf' })
})
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tern-environments-')))
  log = []
  all = []
})
afterEach(async () => {
  for (const environments of all) await environments.stop()
  rmSync(folder, { recursive: true })
})

function open(policy: EnvironmentPolicy = {}, clock: { now(): number } = systemClock): Environments {
  const environments = new Environments({ folder, machine, policy, clock, logger })
  all.push(environments)
  return environments
}

type Layers = NonNullable<MessageInitShape<typeof ImageSpecSchema>['layers']>

const wheel = (packageName: string): Layers[number] => ({
  layer: { case: 'pythonWheels', value: { dir: 'wheels', packageName, options: offline } },
})

const packages = (...names: string[]): Layers[number] => ({
  layer: {
    case: 'pipPackages',
    value: { packages: names, options: { extraArgs: '--no-index --find-links context/wheels' } },
  },
})

function aRequest(
  layers: Layers = [packages('flyte')],
  overrides: Partial<EnvironmentRequest> = {},
): EnvironmentRequest {
  const spec = create(ImageSpecSchema, { baseImage: 'python:3-slim', layers })
  const recipe = async () => ({ spec, context })
  return { digest, image: 'model:v1', recipe, secrets: async () => new Map(), ...overrides }
}

const never = new AbortController().signal
const listening = { signal: never, onLog: (line: string) => void log.push(line) }

async function acquired(environments: Environments, request = aRequest()): Promise<ImageEnvironment> {
  const outcome = await environments.acquire(request, listening)
  if ('failure' in outcome) throw new Error(outcome.failure.message)
  return outcome
}

const python = (place: ImageEnvironment, code: string) =>
  execFileSync(join(place.folder, 'bin/python'), ['-c', code], { encoding: 'utf8' }).trim()

const builds = () => log.filter((line) => line === 'building the environment of model:v1').length

describe('an environment', () => {
  test('has the packages of its layers, their variables and their files; what cannot be had is said', async () => {
    const place = await acquired(
      open(),
      aRequest([
        { layer: { case: 'aptPackages', value: { packages: ['vim', 'git'] } } },
        { layer: { case: 'commands', value: { cmd: ['make all'] } } },
        { layer: { case: 'env', value: { envVariables: { COLOUR: 'green', PATH: '/opt/venv/bin:$PATH' } } } },
        { layer: { case: 'copyConfig', value: { src: 'src', dst: '.' } } },
        { layer: { case: 'workdir', value: { workdir: '/app' } } },
        { layer: { case: 'copyConfig', value: { src: 'src', dst: '/app/inner' } } },
        { layer: { case: 'copyConfig', value: { src: 'conf.txt', dst: 'inner' } } },
        { layer: { case: 'copyConfig', value: { src: 'conf.txt', dst: '/etc/other.txt' } } },
        { layer: { case: 'copyConfig', value: { src: 'conf.txt', dst: '/../../etc/outside.txt' } } },
        packages('flyte'),
        wheel('other'),
      ]),
    )
    expect(python(place, 'import flyte, other; print(flyte.version, other.version)')).toBe('2.12.1 1.0')
    expect(place.env).toEqual({ COLOUR: 'green' })
    const files = readdirSync(place.files!, { recursive: true }).map(String).toSorted()
    expect(files).toEqual([
      'data.txt',
      'etc',
      'etc/other.txt',
      'etc/outside.txt',
      'inner',
      'inner/conf.txt',
      'inner/data.txt',
    ])
    expect(log.filter((line) => line.startsWith('warning'))).toEqual([
      'warning: these packages of the operating system are not installed, and have to be on this machine: vim git',
      'warning: this command of the image is not run: make all',
      'warning: PATH of the image is left out: Tern sets it',
      'warning: /etc/other.txt of the image is in the working folder of each attempt instead, as etc/other.txt',
      'warning: /../../etc/outside.txt of the image is in the working folder of each attempt instead, as etc/outside.txt',
    ])
  })

  test('is built once for all that ask, by whichever server, and found by the next', async () => {
    const [one, other] = [open(), open()]
    const places = await Promise.all([acquired(one), acquired(one), acquired(other)])
    expect(new Set(places.map((place) => place.folder)).size).toBe(1)
    // The second server waited for its turn, and found it there.
    expect(log.filter((line) => line.startsWith('$') && line.includes('-m venv'))).toHaveLength(2)
    expect(builds()).toBe(3)
    log = []
    expect((await acquired(open())).folder).toBe(places[0]!.folder)
    expect(log).toEqual([])
  })

  test('that was left half-built is built again, and nothing of it stays', async () => {
    const gone = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim()
    mkdirSync(join(folder, digest, 'half', 'venv'), { recursive: true })
    writeFileSync(join(folder, digest, 'lock'), `${hostname()}\n${gone}`)
    const environments = open()
    const place = await acquired(environments)
    expect(python(place, 'import flyte; print(flyte.version)')).toBe('2.12.1')
    await environments.stop()
    const build = basename(dirname(place.folder))
    expect(readdirSync(join(folder, digest)).toSorted()).toEqual([build, 'environment.json'].toSorted())
  })

  test('whose Python is gone is built again', async () => {
    const environments = open()
    const place = await acquired(environments)
    rmSync(join(place.folder, 'bin'), { recursive: true })
    expect((await acquired(environments)).folder).not.toBe(place.folder)
    expect(existsSync(place.folder)).toBe(false)
  })

  test('that cannot be built fails for all that wait, with the package and the end of the log, and leaves nothing', async () => {
    const environments = open()
    const request = aRequest([packages('nosuch')])
    const outcomes = await Promise.all([
      environments.acquire(request, listening),
      environments.acquire(request, listening),
    ])
    const failure = {
      code: 'ImageBuildFailed',
      kind: 'user',
      recoverable: false,
      message: expect.stringMatching(
        /^the environment of model:v1 cannot be built: the packages: the package nosuch was not found\n[\s\S]*No matching distribution/,
      ),
    }
    expect(outcomes).toEqual([{ failure }, { failure }])
    expect(readdirSync(join(folder, digest))).toEqual([])
  })

  test('that nobody waits for any more is not built to its end', async () => {
    const environments = open()
    const begun = Promise.withResolvers<void>()
    const leaving = new AbortController()
    const onLog = (line: string) => line.startsWith('$') && begun.resolve()
    const outcome = environments.acquire(aRequest(), { signal: leaving.signal, onLog })
    await begun.promise
    leaving.abort()
    expect(await outcome).toMatchObject({ failure: { code: 'ImageBuildInterrupted', kind: 'system' } })
    // Whoever comes next does not get what was given up.
    await acquired(environments)
  })

  test.each(['', '\n', '\nanother line'])('is built with secrets, which nobody sees, ending in %j', async (end) => {
    const secret = { key: 'token', envVar: 'INDEX_TOKEN' }
    const layer: Layers[number] = {
      layer: {
        case: 'pipPackages',
        value: {
          packages: ['nosuch'],
          options: { extraArgs: '--no-index --find-links $INDEX_TOKEN' },
          secretMounts: [secret],
        },
      },
    }
    const secrets = async () => new Map([['token', join(folder, 'hidden') + end]])
    const outcome = await open().acquire(aRequest([layer], { secrets }), listening)
    expect(log.some((line) => line.endsWith('--no-index --find-links *** nosuch'))).toBe(true)
    expect(JSON.stringify([outcome, log])).not.toContain('hidden')
  })

  test('with a Python that this machine does not have takes the default one, and says so', async () => {
    const request = aRequest()
    const spec = { ...(await request.recipe()).spec, pythonVersion: '3.99' }
    await acquired(open(), { ...request, recipe: async () => ({ spec, context }) })
    expect(log[1]).toMatch(/^warning: there is no Python 3\.99 on this machine .*: taking 3\./)
  })

  test('that nothing used for long goes, and never one that is in use', async () => {
    let now = Date.now()
    const clock = { now: () => now }
    const environments = open({ keepMs: 3_600_000 }, clock)
    const place = await acquired(environments)
    now += 7_200_000
    await environments.sweep()
    expect(existsSync(place.folder)).toBe(true)
    place.release()
    // Its last use is noted meanwhile, and whoever notes it has it stay.
    await expect.poll(() => environments.sweep().then(() => readdirSync(folder))).toEqual([])
  })
})

test('what builds left behind goes, and what is being built stays', async () => {
  const [finished, gone, busy] = ['b', 'c', 'd'].map((letter) => letter.repeat(64)) as [string, string, string]
  anEnvironment(finished, 1000, Date.now())
  for (const each of [finished, gone, busy]) mkdirSync(join(folder, each, 'half'), { recursive: true })
  writeFileSync(join(folder, busy, 'lock'), `${hostname()}\n${process.pid}`)
  await open().sweep()
  expect(readdirSync(folder).toSorted()).toEqual([finished, busy])
  expect(readdirSync(join(folder, finished)).toSorted()).toEqual(['build', 'environment.json'])
  expect(readdirSync(join(folder, busy)).toSorted()).toEqual(['half', 'lock'])
})

test('of environments that are too large together, those that were not used for longest go first', async () => {
  const day = 24 * 60 * 60 * 1000
  const digests = ['b', 'c', 'd'].map((letter) => letter.repeat(64))
  for (const [index, each] of digests.entries()) anEnvironment(each, 1000, Date.now() - index * day)
  await open({ maxBytes: 2000 }).sweep()
  expect(readdirSync(folder).toSorted()).toEqual(digests.slice(0, 2))
  // The last one has only just been used.
  await open({ maxBytes: 1 }).sweep()
  expect(readdirSync(folder)).toEqual(digests.slice(0, 1))
})

/** What a build leaves behind, as far as the policy looks at it. */
function anEnvironment(name: string, bytes: number, usedAt: number): void {
  const bin = join(folder, name, 'build', 'venv', 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'python'), '', { mode: 0o755 })
  const entry = join(folder, name, 'environment.json')
  writeFileSync(entry, JSON.stringify({ format: 1, build: 'build', env: {}, hasFiles: false, bytes }))
  utimesSync(entry, usedAt / 1000, usedAt / 1000)
  expect(readFileSync(entry, 'utf8')).toContain(String(bytes))
}
