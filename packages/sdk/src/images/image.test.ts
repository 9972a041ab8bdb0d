import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidArgumentError } from '@tern/core'
import { validate } from 'dockerfile-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ctx } from '../authoring/context.ts'
import { run } from '../authoring/run.ts'
import { definitionOf } from '../authoring/task.ts'
import { TaskEnvironment } from '../authoring/task-environment.ts'
import { toTaskSpec } from '../authoring/task-spec.ts'
import { compileImages, readBuildContext, writeBuildContext } from './build-context.ts'
import { Image } from './image.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tern-image-'))
  for (const name of ['package.json', 'package-lock.json', 'pnpm-lock.yaml'])
    writeFileSync(join(root, name), `{"${name}":1}`)
  mkdirSync(join(root, 'models', 'node_modules'), { recursive: true })
  writeFileSync(join(root, 'models', 'a.bin'), Buffer.from([0, 255]))
  writeFileSync(join(root, 'models', 'node_modules', 'left-out'), '')
})
afterEach(() => rmSync(root, { recursive: true }))

const full = () =>
  Image.node({ version: 24, platform: 'linux/amd64', registry: 'ghcr.io/team' })
    .withApt('libpq5', 'ffmpeg=7:5.1.6-0+deb12u1')
    .withProject('.')
    .withPackages('sharp@0.34.1', '@scope/tool@^1.2.0')
    .withFiles('models', '/app/models')
    .withEnv({ NODE_ENV: 'production', SAID: 'a "b" $c \\d' })
    .withWorkdir('/work')
    .withCommands('npx playwright install chromium', 'set -e\necho "two lines" > /tmp/x')

const nameOf = async (image: Image, environment = 'video') => (await readBuildContext(image, root, environment)).name

describe('the Dockerfile of an image', () => {
  test('is what docker takes, layer by layer', async () => {
    const { dockerfile, files, platform } = await readBuildContext(full(), root, 'video')
    expect(validate(dockerfile)).toEqual([])
    expect(dockerfile.split('\n')).toEqual([
      'FROM --platform=linux/amd64 node:24-bookworm-slim',
      'RUN apt-get update \\',
      ' && apt-get install -y --no-install-recommends ffmpeg=7:5.1.6-0+deb12u1 libpq5 \\',
      ' && rm -rf /var/lib/apt/lists/*',
      'WORKDIR /app',
      'COPY ["package.json","package-lock.json","./"]',
      'RUN npm ci --omit=dev',
      "RUN npm install --omit=dev sharp@0.34.1 '@scope/tool@^1.2.0'",
      'COPY ["models","/app/models"]',
      'ENV NODE_ENV="production"',
      'ENV SAID="a \\"b\\" \\$c \\\\d"',
      'WORKDIR /work',
      'RUN npx playwright install chromium',
      'RUN ["/bin/sh","-ec","set -e\\necho \\"two lines\\" > /tmp/x"]',
      '',
    ])
    expect([files, platform]).toEqual([['models', 'package-lock.json', 'package.json'], 'linux/amd64'])
  })

  test.each([
    ['npm, development too', Image.node().withProject('.', { dev: true }), 'RUN npm ci --include=dev\n'],
    [
      'packages one after the other',
      Image.node().withPackages('a').withPackages('b'),
      'RUN npm install --omit=dev a\nRUN npm install --omit=dev b\n',
    ],
    [
      'packages from before the project, which empties the folder',
      Image.node().withPackages('a').withProject('.', { dev: true }).withPackages('b'),
      'RUN npm ci --include=dev\nRUN npm install --include=dev a\nRUN npm install --include=dev b\n',
    ],
    [
      'packages beside a project of pnpm, and without one in another folder',
      Image.node().withProject('.', { manager: 'pnpm' }).withPackages('a').withWorkdir('/srv').withPackages('b'),
      'RUN pnpm add --config.production=true a\nWORKDIR /srv\nRUN npm install --omit=dev b\n',
    ],
    [
      'pnpm, development too',
      Image.node().withProject('.', { manager: 'pnpm', dev: true }),
      'pnpm install --frozen-lockfile --prod=false\n',
    ],
    ['pnpm', Image.node().withProject('.', { manager: 'pnpm' }), 'pnpm install --frozen-lockfile --prod\n'],
    [
      'a folder of its own',
      Image.from('node:22').withWorkdir('/srv').withPackages('x'),
      'FROM node:22\nWORKDIR /srv\nRUN',
    ],
    [
      'nothing',
      Image.from('localhost:5000/team/base:v1@sha256:' + 'a'.repeat(64)),
      'FROM localhost:5000/team/base:v1@sha256',
    ],
  ])('has %s', async (_, image, text) => {
    const { dockerfile } = await readBuildContext(image, root, 'x')
    expect(validate(dockerfile)).toEqual([])
    expect(dockerfile).toContain(text)
  })

  test('may be one of the project', async () => {
    writeFileSync(join(root, 'Dockerfile.own'), 'FROM alpine\nCOPY models /models\n')
    const image = Image.fromDockerfile('Dockerfile.own', { files: ['models'] })
    const context = await readBuildContext(image, root, 'x')
    expect(context).toMatchObject({ dockerfile: 'FROM alpine\nCOPY models /models\n', files: ['models'] })
    expect(() => image.withApt('x')).toThrow('Dockerfile.own says all of it')
  })
})

describe('the name of an image', () => {
  test('RS-6: has a hash of all that goes into it, and of nothing else', async () => {
    const name = await nameOf(full())
    expect(name).toMatch(/^ghcr\.io\/team\/video:[0-9a-f]{16}$/)
    expect(await nameOf(full())).toBe(name)
    writeFileSync(join(root, 'models', 'node_modules', 'left-out'), 'changed')
    writeFileSync(join(root, 'other.txt'), 'new')
    expect(await nameOf(full())).toBe(name)
    const others = [full().withEnv({ A: 'b' }), full().withApt('curl'), full().withCommands('true')]
    const names = await Promise.all(others.map((image) => nameOf(image)))
    writeFileSync(join(root, 'package-lock.json'), '{}')
    names.push(await nameOf(full()))
    writeFileSync(join(root, 'models', 'a.bin'), '')
    names.push(await nameOf(full()))
    chmodSync(join(root, 'models', 'a.bin'), 0o755)
    names.push(await nameOf(full()))
    expect(new Set([name, ...names]).size).toBe(7)
  })

  test('may be said, but for the tag', async () => {
    expect(await nameOf(Image.node({ name: 'team/base' }))).toMatch(/^team\/base:/)
    const env = new TaskEnvironment({ name: 'images-named', image: Image.node({ name: 'mine' }) })
    expect(await compileImages([env, new TaskEnvironment({ name: 'images-other', image: 'x:1' })], root)).toEqual({
      'images-named': expect.stringMatching(/^mine:/),
    })
  })

  test('needs the files that go into it', async () => {
    await expect(nameOf(Image.node().withFiles('none', '/x'))).rejects.toThrow('the image needs none, which is not in')
    await expect(nameOf(Image.fromDockerfile('none'))).rejects.toThrow(InvalidArgumentError)
  })
})

test('a build context has the Dockerfile, and what it copies', async () => {
  const folder = join(root, 'out')
  await writeBuildContext(await readBuildContext(full(), root, 'x'), root, folder)
  const found = execFileSync('find', ['.', '-type', 'f'], { cwd: folder })
    .toString()
    .split('\n')
    .filter(Boolean)
    .toSorted()
  expect(found).toEqual(['./Dockerfile', './models/a.bin', './package-lock.json', './package.json'])
  expect(readFileSync(join(folder, 'models', 'a.bin'))).toEqual(Buffer.from([0, 255]))
  expect(existsSync(join(folder, 'models', 'node_modules'))).toBe(false)
})

test.each<[string, () => unknown]>([
  ['no name of an image', () => Image.from('not an image')],
  ['no version of Node', () => Image.node({ version: 'latest; rm' })],
  ['no package of apt', () => Image.node().withApt('curl && rm -rf /')],
  ['no package of npm', () => Image.node().withPackages("x'; rm")],
  ['not within the project', () => Image.node().withFiles('../secret', '/x')],
  ['not within the project', () => Image.node().withProject('/etc')],
  ["must be 'npm' or 'pnpm'", () => Image.node().withProject('.', { manager: 'yarn' as 'npm' })],
  ['name of a variable', () => Image.node().withEnv({ 'A=B': '' })],
  ['more than a line', () => Image.node().withEnv({ A: 'b\nRUN x' })],
  ['must be a plain path', () => Image.node().withWorkdir('app')],
  ['registry "Not one" is none', () => Image.node({ registry: 'Not one' })],
  ['platform "amd64" is none', () => Image.node({ platform: 'amd64' })],
  ['unknown option "tag"', () => Image.node({ tag: 'x' } as never)],
  ['must be the name of an image', () => new TaskEnvironment({ name: 'images-wrong', image: {} as never })],
])('is refused: %s', (message, make) => {
  expect(make).toThrow(InvalidArgumentError)
  expect(make).toThrow(message)
})

const image = Image.node().withEnv({ COLOR: 'red', SIZE: '1' })
const env = new TaskEnvironment({ name: 'images-run', image, envVars: { SIZE: '2' } })
const look = env.task(
  { name: 'look', output: z.string() },
  () => `${process.env['COLOR']} ${process.env['SIZE']} ${ctx()?.mode}`,
)

test('a local run warns of what its machine may not have, once', async () => {
  const warnings: string[] = []
  const listen = (warning: Error) => warnings.push(warning.message)
  process.on('warning', listen)
  const needy = new TaskEnvironment({
    name: 'images-needy',
    image: Image.node().withApt('ffmpeg').withCommands('true'),
  })
  const task = needy.task({ name: 'task' }, () => {})
  for (let i = 0; i < 2; i++) await (await run.local(task)).wait()
  await expect
    .poll(() => warnings)
    .toEqual([
      'the image of environment images-needy has packages of apt and commands; a local run uses what this machine has',
    ])
  process.off('warning', listen)
})

test('its variables are those of its tasks, wherever they run', async () => {
  expect(await (await run.local(look)).outputs()).toBe('red 2 local')
  const location = {
    org: 'o',
    project: 'p',
    domain: 'd',
    version: 'v',
    bundleUri: '/b',
    images: { 'images-run': 'r:tag' },
  }
  const { taskTemplate } = toTaskSpec(definitionOf(look), location)
  expect(taskTemplate?.target.value).toMatchObject({
    image: 'r:tag',
    env: [
      { key: 'COLOR', value: 'red' },
      { key: 'SIZE', value: '2' },
    ],
  })
  expect(taskTemplate?.config['images']).toBe('{"images-run":"r:tag"}')
})
