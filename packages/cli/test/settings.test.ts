import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { SettingsSchema, SettingState } from '@tern/idl/settings'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import type { EditedSettingsView } from '../src/settings/edit-settings.ts'
import { type Finished, InProcess } from './in-process.ts'

let cli: InProcess
beforeAll(async () => {
  cli = await InProcess.start()
})
afterAll(() => cli.stop())

let project = ''
let serial = 0
beforeEach(async () => {
  project = `p${++serial}`
  await cli.client.createProject({ id: project })
})

interface SettingsView {
  readonly version: number
  readonly settings: Readonly<Record<string, { value: unknown; from: string; entriesFrom?: object }>>
}

const get = (...args: string[]) => cli.json<SettingsView>(['get', 'settings', '-p', project, ...args])
const apply = (yaml: string, ...args: string[]) =>
  cli.tern(['edit', 'settings', '--from-file', '-', ...args], { stdin: yaml })

/** An editor that is a program: it gets the path, and how many times it was called before. */
function editor(body: string): Record<string, string> {
  const script = join(cli.folder, `editor-${++serial}.cjs`)
  writeFileSync(
    script,
    `const fs = require('node:fs'), path = process.argv[2], log = ${JSON.stringify(`${script}.log`)}
     const calls = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').length : 0
     fs.appendFileSync(log, '.')
     const text = fs.readFileSync(path, 'utf8')
     const save = (changed) => fs.writeFileSync(path, changed)
     ${body}`,
  )
  return { EDITOR: `'${process.execPath}' '${script}'`, PATH: process.env['PATH'] ?? '' }
}

const edit = (env: Record<string, string>, ...args: string[]): Promise<Finished> =>
  cli.tern(['edit', 'settings', '-p', project, ...args], { answers: [], env })

describe('settings from a file', () => {
  test('are saved as a whole, shown as changes, and read again', async () => {
    const yaml = 'run.default_queue: fast\ntask_resource:\n  min:\n    cpu: 2\nlabels:\n  team: data\n'
    const first = await apply(yaml, '-p', project)
    expect(first).toEqual({
      code: 0,
      stderr: '',
      stdout:
        `Settings for project ${project}, domain development:\n` +
        '+ run.default_queue: fast\n+ task_resource.min.cpu: "2"\n+ labels:\n+   team: data\nSaved as version 1.\n',
    })
    const { settings, version } = await get()
    expect(version).toBe(1)
    expect(settings).toEqual({
      'run.default_queue': { value: 'fast', from: 'PROJECT' },
      'task_resource.min.cpu': { value: '2', from: 'PROJECT' },
      labels: { value: { team: 'data' }, from: 'PROJECT', entriesFrom: { team: 'PROJECT' } },
    })
    const second = JSON.parse(
      (await apply('run.default_queue: null\nrun.max_action_concurrency: 7', '-p', project, '-o', 'json')).stdout,
    ) as EditedSettingsView
    expect(second).toMatchObject({ level: 'PROJECT', project, domain: 'development', version: 2, saved: true })
    expect(second.changes).toContainEqual({
      name: 'run.default_queue',
      before: { inherited: false, value: 'fast' },
      after: { inherited: false, value: null },
    })
    expect(second.changes.map(({ name }) => name)).toEqual([
      'run.default_queue',
      'run.max_action_concurrency',
      'task_resource.min.cpu',
      'labels',
    ])
    expect((await get()).settings).toEqual({
      'run.default_queue': { value: null, from: 'PROJECT' },
      'run.max_action_concurrency': { value: 7, from: 'PROJECT' },
    })
  })

  test('nothing to change saves nothing, and a dry run neither', async () => {
    await apply('run.default_queue: fast', '-p', project)
    expect((await apply('run:\n  default_queue: fast', '-p', project)).stdout).toMatch(/^Nothing has changed/)
    const dry = await apply('{}', '-p', project, '--dry-run')
    expect(dry.stdout).toMatch(/\n- run\.default_queue: fast\nNothing was saved: this was a dry run\.\n$/)
    expect((await get()).version).toBe(1)
  })

  test('a version that somebody else has changed is refused', async () => {
    await apply('run.default_queue: one', '-p', project, '--version', '0')
    expect(await apply('run.default_queue: two', '-p', project, '--version', '0')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `error: the settings for project ${project}, domain development are at version 1, not 0: somebody has changed them\n` +
        'hint: Look at them with tern get settings, then try again.\n',
    })
    expect((await get()).settings['run.default_queue']?.value).toBe('one')
  })

  test.each([
    ['run.default_queu: a', 2, 'error: there is no setting run.default_queu\nhint: Did you mean run.default_queue?\n'],
    ['colour: blue', 2, 'error: there is no setting colour\nhint: The settings are: run.default_queue, '],
    ['run: 5', 2, 'error: run is no setting, but several\nhint: The settings are: run.default_queue, '],
    ['run.default_queue: [a]', 2, 'error: run.default_queue: ["a"] must be a text\n'],
    ['run.max_action_concurrency: many', 2, 'error: run.max_action_concurrency: "many" must be a whole number\n'],
    ['app.disallow_anonymous: "yes"', 2, 'error: app.disallow_anonymous: "yes" must be true or false\n'],
    ['labels: 5', 2, 'error: labels: 5 must be names with texts\n'],
    ['labels: {a: }', 2, 'error: labels: a is empty\nhint: Write a: "" for an empty text.\n'],
    ['run: {default_queue: a}\nrun.default_queue: b', 2, 'error: run.default_queue is there twice\n'],
    ['a: [', 2, 'error: this is no valid YAML: '],
    ['- a', 2, 'error: settings are names with values\n'],
    ['task_resource.min.cpu: lots', 1, 'error: settings.task_resource.min.cpu'],
  ])('%j is refused', async (yaml, code, message) => {
    const result = await apply(yaml, '-p', project)
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' })
    expect(result.stderr).toContain(message)
    expect((await get()).version).toBe(0)
  })

  test('a file that is not there, no terminal, and contradicting scopes are misuses', async () => {
    const refused = async (...args: string[]) => (await cli.tern(['edit', 'settings', ...args])).stderr
    expect(await refused('--from-file', 'nowhere.yaml')).toBe(
      'error: --from-file: cannot read nowhere.yaml: it does not exist\n',
    )
    expect(await refused()).toBe('error: an editor needs a terminal\nhint: Use --from-file; - is standard input.\n')
    expect(await refused('--org', '-d', 'staging')).toBe('error: --org is for all, and --domain names one\n')
    expect((await cli.tern(['get', 'settings', '-p', 'nowhere'])).stderr).toMatch(/^error: project "nowhere"/)
  })
})

describe('levels', () => {
  test('a narrower one counts more, maps come together, and each says where it is from', async () => {
    await apply('run.default_queue: slow\nlabels: {a: org, b: org}\nrun.run_base_dir: null', '--org')
    await apply('labels: {b: domain, c: domain}', '-d', 'staging')
    await apply('run.default_queue: fast', '-d', 'staging', '-p', project)
    expect((await get('-d', 'staging')).settings).toMatchObject({
      'run.default_queue': { value: 'fast', from: 'PROJECT' },
      'run.run_base_dir': { value: null, from: 'ORG' },
      labels: {
        value: { a: 'org', b: 'domain', c: 'domain' },
        from: 'DOMAIN',
        entriesFrom: { a: 'ORG', b: 'DOMAIN', c: 'DOMAIN' },
      },
    })
    const domain = await cli.json<SettingsView>(['get', 'settings', '-d', 'staging'])
    expect(domain).toMatchObject({
      level: 'DOMAIN',
      project: null,
      settings: { 'run.default_queue': { value: 'slow' } },
    })
    const { stdout } = await cli.tern(['get', 'settings', '-p', project, '-d', 'staging'])
    expect(stdout).toBe(
      `# Settings for project ${project}, domain staging\n` +
        `run.default_queue: fast # from project ${project}, domain staging\n` +
        'run.run_base_dir: null # from all projects\n' +
        'labels:\n  a: org # from all projects\n  b: domain # from domain staging\n  c: domain # from domain staging\n',
    )
    expect(parse(stdout)).toMatchObject({ labels: { a: 'org', b: 'domain', c: 'domain' } })
    await apply('{}', '--org')
    await apply('{}', '-d', 'staging')
  })
})

describe('settings in an editor', () => {
  test('stand there with what is inherited, and are saved when it is closed', async () => {
    await apply('run.default_queue: slow', '--org')
    const seen = join(cli.folder, 'seen.yaml')
    const env = editor(`fs.writeFileSync(${JSON.stringify(seen)}, text)
      save(text.replace('# run.default_queue: slow # from all projects', 'run.default_queue: fast'))`)
    const { code, stdout } = await edit(env)
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Settings for project ${project}, domain development:\n+ run.default_queue: fast\nSaved as version 1.\n`,
    })
    const text = readFileSync(seen, 'utf8')
    expect(text).toMatch(new RegExp(`^# Settings for project ${project}, domain development \\(version 0\\)\\.\n`))
    expect(text).toContain('# Queue for the actions of runs that name none (a text)\n# run.default_queue: slow')
    expect(text).toContain('\n# labels:\n#   name: text\n')
    expect(parse(text)).toBeNull()
    await apply('{}', '--org')
  })

  test('closing it without a change changes nothing', async () => {
    expect(await edit(editor(''))).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Nothing has changed/) })
    expect((await get()).version).toBe(0)
  })

  test('it opens again with what is wrong, until that is corrected', async () => {
    const env = editor(`
      if (calls === 0) save('run.default_queu: fast\\n')
      if (calls === 1) save(text.replace('queu:', 'queue:').replace('fast', '"not a queue!"'))
      if (calls === 2) save(text.replaceAll('"not a queue!"', text.startsWith('#! settings.run.default_queue: ') ? 'right' : 'wrong'))`)
    expect((await edit(env)).stdout).toContain('+ run.default_queue: right\n')
  })

  test('giving up after an error changes nothing', async () => {
    expect(await edit(editor(`if (calls === 0) save('nonsense: 1')`))).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: the settings stay as they were\n',
    })
    expect((await get()).version).toBe(0)
  })

  test('what somebody else changes meanwhile is shown before it is overwritten', async () => {
    // While the editor is open, somebody else saves.
    const other = create(SettingsSchema, {
      run: { defaultQueue: { state: SettingState.VALUE, stringValue: 'theirs' } },
    })
    const seen = join(cli.folder, 'conflict.yaml')
    const env = editor(`
      fs.writeFileSync(${JSON.stringify(seen)}, text)
      if (calls > 0) save(text + '\\n')
      else {
        save('run.default_queue: mine\\n')
        while (!fs.existsSync(${JSON.stringify(join(cli.folder, 'saved'))})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      }`)
    const editing = edit(env)
    await vi.waitUntil(() => existsSync(seen), { interval: 5, timeout: 30_000 })
    await cli.client.settings.save({ project, domain: 'development' }, other, 0n)
    writeFileSync(join(cli.folder, 'saved'), '')
    const { code, stdout } = await editing
    expect(readFileSync(seen, 'utf8')).toMatch(
      /^#! the settings for .* are at version 1, not 0: somebody has changed them\.\n#! Their changes:\n#! \+ run\.default_queue: theirs\n#! Save again/,
    )
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /\n- run\.default_queue: theirs\n\+ run\.default_queue: mine\nSaved as version 2\.\n$/,
      ),
    })
  })

  test('an editor that fails is said to', async () => {
    expect(await edit({ VISUAL: 'exit 3;', PATH: '' })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: the editor ended with 3: exit 3;\nhint: Set VISUAL or EDITOR to another one, or use --from-file.\n',
    })
  })
})
