import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { resolveConfiguration } from './configuration.ts'
import { parseEndpoint } from './endpoint.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tern-config-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

function surroundings(env: Record<string, string> = {}) {
  return { workingDirectory: join(directory, 'work'), homeDirectory: join(directory, 'home'), env }
}

async function writeConfig(path: string, text: string): Promise<string> {
  const file = join(directory, path)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, text)
  return file
}

const flyte = 'admin:\n  endpoint: dns:///flyte.example.com\n  insecure: true\ntask:\n  project: p\n  domain: staging\n'

describe('the configuration', () => {
  test('without anything said is the default server', () => {
    expect(resolveConfiguration({}, surroundings())).toEqual({
      endpoint: 'http://127.0.0.1:30080',
      console: 'http://127.0.0.1:30080',
      org: 'tern',
      project: 'flytesnacks',
      domain: 'development',
      token: undefined,
      isConfigured: false,
      source: 'the default',
    })
  })

  test("comes from Flyte's config file", async () => {
    const file = await writeConfig('home/.flyte/config.yaml', flyte)
    expect(resolveConfiguration({}, surroundings())).toMatchObject({
      endpoint: 'http://flyte.example.com',
      project: 'p',
      domain: 'staging',
      isConfigured: true,
      source: file,
    })
  })

  test('takes the nearest file of the search path', async () => {
    await writeConfig('home/.flyte/config.yaml', flyte)
    await writeConfig('work/.flyte/config.yaml', 'admin: { endpoint: near.example.com }')
    expect(resolveConfiguration({}, surroundings()).endpoint).toBe('https://near.example.com')
    await writeConfig('work/config.yaml', 'admin: { endpoint: nearest.example.com }')
    expect(resolveConfiguration({}, surroundings()).endpoint).toBe('https://nearest.example.com')
  })

  test('takes the environment before the file, and the call before both', async () => {
    await writeConfig('home/.flyte/config.yaml', flyte)
    const env = { TERN_ENDPOINT: 'localhost:1', TERN_PROJECT: 'q', TERN_TOKEN: 't' }
    expect(resolveConfiguration({}, surroundings(env))).toMatchObject({
      endpoint: 'http://localhost:1',
      project: 'q',
      domain: 'staging',
      token: 't',
      source: 'TERN_ENDPOINT',
    })
    expect(resolveConfiguration({ endpoint: 'localhost:2', project: 'r' }, surroundings(env))).toMatchObject({
      endpoint: 'http://localhost:2',
      project: 'r',
    })
  })

  test('reads a file that is named, and misses one that is not there', async () => {
    const file = await writeConfig('other.yaml', flyte)
    expect(resolveConfiguration({ configFile: file }, surroundings()).project).toBe('p')
    expect(() => resolveConfiguration({ configFile: 'none.yaml' }, surroundings())).toThrow(
      'config file none.yaml does not exist',
    )
  })

  test('says which file cannot be read', async () => {
    const file = await writeConfig('work/config.yaml', 'admin: [')
    expect(() => resolveConfiguration({}, surroundings())).toThrow(`config file ${file} cannot be read`)
  })
})

describe('an endpoint', () => {
  test.each<[string, boolean | undefined, string]>([
    ['localhost:30080', undefined, 'http://localhost:30080'],
    ['127.0.0.1:8', undefined, 'http://127.0.0.1:8'],
    ['flyte.example.com', undefined, 'https://flyte.example.com'],
    ['flyte.example.com:81', true, 'http://flyte.example.com:81'],
    ['localhost:1', false, 'https://localhost:1'],
    ['http://flyte.example.com/', false, 'http://flyte.example.com'],
    ['https://flyte.example.com', true, 'https://flyte.example.com'],
    ['dns:///flyte.example.com:443', false, 'https://flyte.example.com:443'],
  ])('%s (insecure: %s) is %s', (text, insecure, url) => {
    expect(parseEndpoint(text, insecure)).toBe(url)
  })

  test.each(['', 'ftp://x', 'http://', 'a b'])('%j is none', (text) => {
    expect(() => parseEndpoint(text)).toThrow('is not an address')
  })
})
