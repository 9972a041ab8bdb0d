import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryIo } from '../test/memory-io.ts'
import { UsageError } from '../usage-error.ts'
import { commandOption, withConnectionOptions } from './common-options.ts'
import { parseCount } from './parse-values.ts'
import { type ResolvedOptions, resolveOptions } from './resolve-options.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-options-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('an option', () => {
  test('has its default', async () => {
    const { values, sources } = await resolve([])
    expect(values).toMatchObject({ limit: 100, project: 'flytesnacks', output: 'table' })
    expect(sources['limit']).toBe('default')
    expect(values).not.toHaveProperty('follow')
  })

  test('comes from the file', async () => {
    config('tern: { list: { limit: 3, follow: true }, output: yaml }\ntask: { project: mine }')
    const { values, sources } = await resolve([])
    expect(values).toMatchObject({ limit: 3, follow: true, output: 'yaml', project: 'mine' })
    expect(sources['limit']).toBe('file')
  })

  test('comes from the environment before the file', async () => {
    config('tern: { list: { limit: 3, follow: true } }')
    const { values, sources } = await resolve([], { TERN_LIST_LIMIT: '4', TERN_LIST_FOLLOW: 'false' })
    expect(values).toMatchObject({ limit: 4, follow: false })
    expect(sources['limit']).toBe('environment')
  })

  test('comes from a flag before all', async () => {
    config('tern: { list: { limit: 3 } }')
    const { values, sources } = await resolve(['list', '--limit', '5'], { TERN_LIST_LIMIT: '4' })
    expect(values['limit']).toBe(5)
    expect(sources['limit']).toBe('flag')
  })

  test('may stand before the command, where the command says nothing else', async () => {
    expect((await resolve(['-o', 'json', 'list'])).values['output']).toBe('json')
    expect((await resolve(['-o', 'json', 'list', '-o', 'yaml'])).values['output']).toBe('yaml')
  })

  test('is not set by an empty variable', async () => {
    expect((await resolve([], { TERN_LIST_LIMIT: '' })).values['limit']).toBe(100)
  })
})

describe('a wrong value', () => {
  test('of a variable names the variable', async () => {
    const failure = resolve([], { TERN_LIST_LIMIT: 'many' })
    await expect(failure).rejects.toThrow('TERN_LIST_LIMIT is "many". It must be a whole number, at least 1.')
    await expect(failure).rejects.toThrow(UsageError)
  })

  test('of a key names the key and the file', async () => {
    config('tern: { output: xml }')
    const file = join(folder, 'config.yaml')
    await expect(resolve([])).rejects.toThrow(`tern.output in ${file} is "xml". Allowed choices are table, json, yaml.`)
  })

  test('that is a list names the key', async () => {
    config('tern: { list: { limit: [1, 2] } }')
    await expect(resolve([])).rejects.toThrow(/tern\.list\.limit in .* is \[1,2\]\. It must be a single value\./)
  })
})

describe('a config file', () => {
  test('with an unknown key of ours is refused, with what was meant', async () => {
    config('tern: { list: { limt: 3 } }')
    const failure = resolve([])
    await expect(failure).rejects.toThrow(/has an unknown key: tern\.list\.limt/)
    await expect(failure).rejects.toMatchObject({ hint: 'Did you mean tern.list.limit?' })
  })

  test("may have keys of Flyte's that we do not know", async () => {
    config('admin: { clientId: x, scopes: [a, b] }\nimage: { builder: remote }')
    expect((await resolve([])).values['limit']).toBe(100)
  })

  test('that is not YAML is refused', async () => {
    config('a: [')
    await expect(resolve([])).rejects.toThrow(/config\.yaml is not valid YAML: /)
  })

  test('may be empty', async () => {
    config('')
    expect((await resolve([])).values['limit']).toBe(100)
  })

  test('that is named is the one that counts', async () => {
    config('tern: { list: { limit: 3 } }')
    writeFileSync(join(folder, 'other.yaml'), 'tern: { list: { limit: 7 } }')
    expect((await resolve(['list', '--config', 'other.yaml'])).values['limit']).toBe(7)
    expect((await resolve([], { TERN_CONFIG: join(folder, 'other.yaml') })).values['limit']).toBe(7)
  })

  test('that is named and does not exist is refused', async () => {
    await expect(resolve(['list', '--config', 'nope.yaml'])).rejects.toThrow('the config file nope.yaml does not exist')
  })
})

/** Parses a command line of a program with one command, `list`. */
async function resolve(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<ResolvedOptions<Record<string, unknown>>> {
  const list = withConnectionOptions(new Command('list'))
    .addOption(commandOption(['list'], '--limit <count>', 'how many').argParser(parseCount).default(100))
    .addOption(commandOption(['list'], '--follow', 'go on'))
    .action(() => undefined)
  const program = withConnectionOptions(new Command('tern')).enablePositionalOptions().addCommand(list)
  program.parse(args.length === 0 ? ['list'] : [...args], { from: 'user' })
  return resolveOptions(list, memoryIo({ cwd: folder, env }))
}

function config(text: string): void {
  writeFileSync(join(folder, 'config.yaml'), text)
}
