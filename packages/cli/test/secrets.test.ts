import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { typedInterface } from '@tern/core'
import { ContainerSchema, Secret_MountType, SecurityContextSchema } from '@tern/idl/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MemoryIoOptions } from '../src/test/memory-io.ts'
import type { SecretView } from '../src/views/secret-view.ts'
import { aTask, InProcess } from './in-process.ts'

let cli: InProcess
beforeAll(async () => {
  cli = await InProcess.start()
  await cli.client.createProject({ id: 'mine' })
})
afterAll(() => cli.stop())

const scope = ['-p', 'mine', '-d', 'staging']
const names = (secrets: readonly SecretView[]) => secrets.map(({ name }) => name)

/** What a task gets as the secret, byte by byte: the only place where its value comes out. */
async function valueInTask(name: string): Promise<string> {
  const task = `reads-${name.toLowerCase()}.main`
  const spec = aTask(task)
  const template = spec.taskTemplate!
  const args = ['-c', `printf "%s" "$${name}" | od -An -c`]
  template.target = { case: 'container', value: create(ContainerSchema, { image: 'x', command: ['/bin/sh'], args }) }
  template.interface = typedInterface({ inputs: {}, outputs: {} })
  template.securityContext = create(SecurityContextSchema, {
    secrets: [{ key: name, mountRequirement: Secret_MountType.ENV_VAR, envVar: name }],
  })
  spec.defaultInputs = []
  await cli.client.deployTask(spec)
  const { name: run } = await cli.json<{ name: string }>(['run', 'deployed-task', task])
  const { stdout } = await cli.tern(['get', 'logs', run, '--follow'])
  return stdout.replace(/\s+/g, ' ').trim()
}

describe('making secrets', () => {
  test.each([
    ['TYPED', [], { answers: ['typed'] }, 't y p e d', 'Value of TYPED (it is not shown): '],
    ['PIPED', [], { stdin: 'pi ped\n' }, 'p i p e d', ''],
    ['SAID', ['--value', 'said'], {}, 's a i d', 'Note: the history of your shell keeps what --value says.\n'],
    ['FROM_FILE', ['--from-file', 'value.txt'], {}, 'f i l e \\n', ''],
    ['FROM_STDIN', ['--from-file', '-'], { stdin: 'all\n' }, 'a l l \\n', ''],
  ] satisfies [string, string[], MemoryIoOptions, string, string][])(
    '%s reaches the task whole',
    async (name, args, io, value, stderr) => {
      writeFileSync(join(cli.folder, 'value.txt'), 'file\n')
      expect(await cli.tern(['create', 'secret', name, ...args], io)).toEqual({
        code: 0,
        stdout: `Created secret ${name} for project flytesnacks, domain development.\n`,
        stderr,
      })
      expect(await valueInTask(name)).toBe(value)
    },
  )

  test('replaces a value, and keeps the type', async () => {
    await cli.tern(['create', 'secret', 'CHANGES', '--type', 'image_pull'], { stdin: 'old' })
    expect((await cli.tern(['update', 'secret', 'CHANGES'], { stdin: 'new' })).stdout).toBe(
      'Updated secret CHANGES for project flytesnacks, domain development.\n',
    )
    expect((await cli.json<SecretView>(['get', 'secret', 'CHANGES'])).type).toBe('image_pull')
    expect(await valueInTask('CHANGES')).toBe('n e w')
  })

  test.each([
    [['create', 'secret', 'EMPTY'], 2, 'error: standard input is empty: a secret needs a value\nhint: Give it with'],
    [['create', 'secret', 'EMPTY', '--value', ''], 2, 'error: --value is empty: a secret needs a value\n'],
    [
      ['create', 'secret', 'EMPTY', '--from-file', 'none'],
      2,
      'error: --from-file: cannot read none: it does not exist\n',
    ],
    [['create', 'secret', 'X', '--value', 'a', '--from-file', 'b'], 2, "'--value <text>' cannot be used with option"],
    [['create', 'secret', 'X', '--type', 'odd'], 2, 'Allowed choices are regular, image_pull.'],
    [
      ['create', 'secret', 'X', '--value', 'a', '--global', '-p', 'mine'],
      2,
      'error: --global is for all, and --project names',
    ],
    [['create', 'secret', 'no good', '--value', 'a'], 2, 'error: "no good" is no name for a secret\n'],
    [['create', 'secret', 'CHANGES', '--value', 'a'], 1, 'error: there is a secret "CHANGES"'],
    [['create', 'secret', 'X', '--value', 'a', '-p', 'nowhere'], 1, 'error: project "nowhere" does not exist'],
    [['update', 'secret', 'CHANGE', '--value', 'a'], 1, 'hint: Did you mean CHANGES?\n'],
    [['delete', 'secret', 'CHANGE', '--yes'], 1, 'hint: Did you mean CHANGES?\n'],
    [['get', 'secret', 'CHANGE'], 1, 'hint: Did you mean CHANGES?\n'],
    [['get', 'secret', '--all', '--global'], 2, "error: option '--all' cannot be used with option '--global'"],
  ])('tern %j is refused', async (args, code, message) => {
    const result = await cli.tern(args)
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' })
    expect(result.stderr).toContain(message)
  })
})

describe('scopes of secrets', () => {
  beforeAll(async () => {
    const make = (...args: string[]) => cli.tern(['create', 'secret', ...args], { stdin: 'x' })
    await make('A', '--global')
    await make('B', '--domain', 'staging')
    await make('C', ...scope)
    await make('BOTH', '--global')
    await make('BOTH', ...scope)
  })

  test('a list has what tasks of a scope can use', async () => {
    const list = async (...args: string[]) => names(await cli.json<SecretView[]>(['get', 'secret', ...args]))
    expect(await list(...scope)).toEqual(['A', 'BOTH', 'B', 'BOTH', 'C'])
    expect(await list('--domain', 'staging')).toEqual(['A', 'BOTH', 'B'])
    expect(await list('--global')).toEqual(['A', 'BOTH'])
    expect(await list('-p', 'mine', '-d', 'production')).toEqual(['A', 'BOTH'])
    expect(await list('--all')).toEqual(expect.arrayContaining(['A', 'B', 'C', 'CHANGES']))
    const { stdout } = await cli.tern(['get', 'secret', ...scope])
    expect(stdout).toMatch(/^SECRET +TYPE +FOR +CREATED\nA +regular +all projects +/)
    expect(stdout).toMatch(/^C +regular +project mine, domain staging +/m)
  })

  test('one is that of the narrowest scope; values are nowhere', async () => {
    expect(await cli.json(['get', 'secret', 'BOTH', ...scope])).toEqual({
      name: 'BOTH',
      type: 'regular',
      level: 'PROJECT',
      project: 'mine',
      domain: 'staging',
      createdAt: expect.stringMatching(/Z$/),
    })
    expect(await cli.json(['get', 'secret', 'B', ...scope])).toMatchObject({ level: 'DOMAIN', project: null })
    expect(await cli.json(['get', 'secret', 'BOTH'])).toMatchObject({ level: 'ORG', project: null, domain: null })
    expect((await cli.tern(['get', 'secret', 'A'])).stdout).toMatch(/^Secret +A\n[\s\S]*Value +never shown\n$/)
  })

  test('what is changed or deleted is of exactly the scope; the error says where there is one', async () => {
    expect(await cli.tern(['delete', 'secret', 'A', ...scope, '--yes'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: there is no secret "A" for project mine, domain staging\nhint: There is one for all projects: add --global.\n',
    })
    expect((await cli.tern(['update', 'secret', 'C', '--value', 'x'])).stderr).toContain(
      'hint: There is one for project mine, domain staging: add --project mine --domain staging.\n',
    )
    expect((await cli.tern(['delete', 'secret', 'A', '--global'])).stderr).toMatch(/needs a confirmation/)
    expect(await cli.json(['delete', 'secret', 'A', '--global', '--yes'])).toEqual({
      name: 'A',
      level: 'ORG',
      project: null,
      domain: null,
      deleted: true,
    })
    expect(names(await cli.json<SecretView[]>(['get', 'secret', '--global']))).toEqual(['BOTH'])
  })
})
