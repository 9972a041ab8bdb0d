import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { fixture, tern, TernServerProcess } from './tern-process.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-bad-input-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Writes a file beside no project, and gives its path. */
function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('a file', () => {
  test('that does not exist', async () => {
    expect(await tern(['run', 'nope.ts', 'main'])).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: nope\.ts does not exist\nhint: Looked for .*nope\.ts\.\n$/),
    })
  })

  test('that is a folder', async () => {
    expect(await tern(['run', 'examples', 'main'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: examples is not a file\n/),
    })
  })

  test('that does not compile names every place', async () => {
    const path = file('broken.ts', 'const a = ;\nexport const b = 1 +\n')
    const { code, stderr } = await tern(['run', path, 'main'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: broken\.ts does not compile:\n {2}broken\.ts:1:\d+: Unexpected ";"/)
    expect(stderr).not.toMatch(/\n {4}at /)
  })

  test('that imports what is not there', async () => {
    const path = file('import.ts', `import { x } from 'no-such-package'\nexport const y = x\n`)
    expect(await tern(['run', path])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/import\.ts:1:\d+: Could not resolve "no-such-package"/),
    })
  })

  test('that fails while it is loaded', async () => {
    const path = file('throws.ts', `throw new Error('not today')\n`)
    expect(await tern(['run', path])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: throws\.ts failed while it was loaded: Error: not today\n/),
    })
  })

  test('that exports no task', async () => {
    const path = file('empty.ts', 'export const answer = 42\n')
    expect(await tern(['run', path, 'main'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^error: empty\.ts exports no task: it exports answer \(number\)\nhint: Export what/,
      ),
    })
    expect(await tern(['deploy', path])).toMatchObject({ code: 1, stderr: expect.stringMatching(/exports no task/) })
  })
})

describe('a task', () => {
  test('that the file does not have, with what was meant', async () => {
    expect(await tern(['run', 'examples/hello.ts', 'mian'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: examples/hello.ts has no task mian\nhint: Did you mean main?\n',
    })
    expect(await tern(['run', 'examples/hello.ts', 'elsewhere'])).toMatchObject({
      stderr: expect.stringContaining('hint: Its tasks are: main, predict.'),
    })
  })

  test('whose environment the file does not have', async () => {
    expect(await tern(['deploy', 'examples/hello.ts', 'helo', '--dry-run'])).toMatchObject({
      code: 2,
      stderr: 'error: examples/hello.ts has no environment helo\nhint: Did you mean hello?\n',
    })
  })
})

describe('an input', () => {
  const hello = ['run', '--local', 'examples/hello.ts', 'main']

  test.each([
    ['missing', hello, 'error: hello.main needs --numbers (list<integer>)\n'],
    [
      'unknown',
      [...hello, '--numbers', '1', '--number', '2'],
      "error: unknown option '--number'\nhint: Did you mean --numbers?\n",
    ],
    [
      'of the wrong type',
      [...hello, '--numbers', '[1, "two"]'],
      /^error: --numbers\[1\]: expected integer, got string "two"\n/,
    ],
    [
      'of the wrong type, alone',
      [...hello, '--numbers', 'two'],
      /^error: --numbers: expected integer, got string "two"\n/,
    ],
    [
      'outside of what its schema allows',
      ['run', '--local', fixture, 'checks', '--count', '11'],
      /^error: --count: .*10/,
    ],
    [
      'not of an enumeration',
      ['run', '--local', fixture, 'checks', '--count', '1', '--on-error', 'x'],
      /^error: --on-error: expected "stop" \| "go-on"/,
    ],
    [
      'in a file that is not there',
      [...hello, '--numbers', '@nope.json'],
      'error: --numbers: cannot read nope.json: it does not exist\n',
    ],
  ])('that is %s', async (_, args, message) => {
    const { code, stdout, stderr } = await tern(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    if (typeof message === 'string') expect(stderr.startsWith(message)).toBe(true)
    else expect(stderr).toMatch(message)
  })
})

describe('a server', () => {
  test('that is not there: both ways on are named', async () => {
    const { code, stdout, stderr } = await tern([
      'run',
      'examples/hello.ts',
      'main',
      '--numbers',
      '1',
      '--endpoint',
      'localhost:1',
    ])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^error: no server answers at http:\/\/localhost:1 \(set by --endpoint\)\nhint: .*tern start.*--local/,
    )
  })

  test('whose address is none', async () => {
    expect(await tern(['get', 'run', '--endpoint', 'ftp://x'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: endpoint "ftp:\/\/x" is not an address\nhint: /),
    })
  })

  test('--verbose shows where it came from', async () => {
    const { stderr } = await tern(['get', 'run', '--endpoint', 'localhost:1', '--verbose'])
    expect(stderr).toMatch(/\n {4}at /)
    expect(stderr).toContain('caused by:')
  })
})

describe('on a server,', () => {
  let server: TernServerProcess
  beforeAll(async () => {
    server = await TernServerProcess.start()
  })
  afterAll(() => server.stop())

  test.each([
    ['a run', ['get', 'run', 'rnope'], /^error: .*rnope does not exist/],
    ['an action', ['get', 'action', 'rnope', 'a1'], /^error: .*rnope does not exist/],
    ['the actions of a run', ['get', 'action', 'rnope'], /^error: .*rnope does not exist/],
    ['the inputs of a run', ['get', 'io', 'rnope'], /^error: .*rnope does not exist/],
    ['the log of a run', ['get', 'logs', 'rnope'], /^error: .*rnope does not exist/],
    ['a run to abort', ['abort', 'run', 'rnope'], /^error: .*rnope does not exist/],
    ['a task', ['get', 'task', 'no.such'], /^error: .*no\.such .*not deployed/],
    ['a task to run', ['run', '--name', 'no.such'], /^error: .*no\.such .*not deployed/],
    ['a project', ['get', 'project', 'nope'], /^error: .*nope.* does not exist/],
    [
      'a project to run in',
      ['run', 'examples/hello.ts', 'main', '--numbers', '1', '-p', 'nope'],
      /^error: .*nope.* does not exist/,
    ],
    ['a project to list', ['get', 'run', '-p', 'nope'], /^error: .*nope.* does not exist/],
    ['a domain', ['run', 'examples/hello.ts', 'main', '--numbers', '1', '-d', 'nope'], /^error: .*nope/],
  ])('%s that does not exist', async (_, args, message) => {
    const { code, stdout, stderr } = await server.tern(args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\n {4}at /)
  })

  test('a name that no project may have', async () => {
    expect(await server.tern(['create', 'project', 'Not_A_Name'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: .*Not_A_Name/),
    })
  })

  test('a name that no run may have', async () => {
    const args = ['run', 'examples/hello.ts', 'main', '--numbers', '1', '--name', 'Not_A_Name']
    expect(await server.tern(args)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: .*Not_A_Name/) })
  })

  test('a port that is in use', async () => {
    const { code, stdout, stderr } = await tern([
      'start',
      '--port',
      new URL(server.url).port,
      '--data-dir',
      join(folder, 'other'),
    ])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^error: cannot listen on 127\.0\.0\.1:\d+: the port is in use\nhint: .*--port/)
  })
})

describe('a data folder', () => {
  test('that cannot be written', async () => {
    const path = file('no-folder', '')
    expect(await tern(['start', '--port', '0', '--data-dir', join(path, 'data')])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: cannot write to the data folder .*no-folder\/data.*\nhint: .*--data-dir/),
    })
  })

  test('that is in use', async () => {
    const dataDir = join(folder, 'in-use')
    mkdirSync(dataDir)
    const server = await TernServerProcess.start({ dataDir })
    onTestFinished(() => server.stop())
    const { code, stderr } = await tern(['start', '--port', '0', '--data-dir', dataDir])
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^error: .*in-use.*\nhint: /) })
  })
})
