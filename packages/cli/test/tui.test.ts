import { afterEach, expect, test } from 'vitest'
import { Terminal } from './terminal.ts'
import { TernServerProcess, tern } from './tern-process.ts'

const tasks = 'packages/cli/test/fixtures/screen-tasks.ts'
const asking = 'packages/cli/test/fixtures/asking-tasks.ts'

let terminal: Terminal | undefined
afterEach(async () => {
  await terminal?.close()
  terminal = undefined
})

function open(...args: readonly string[]): Terminal {
  terminal = new Terminal(['run', '--local', ...args])
  return terminal
}

test('a run is looked at, answered, and left', async () => {
  const screen = open('--tui', tasks, 'main')
  await screen.sees('Release it? (boolean)')
  screen.types('/failed\r')
  screen.types('G')
  screen.types('4')
  await screen.sees('RangeError: two is too many')
  screen.types('3')
  await screen.sees('this is leaf 2')
  screen.types('\u001b')
  screen.types('a')
  screen.types('perhaps\r')
  await screen.sees('not of type boolean')
  screen.types('\u007f'.repeat(7))
  screen.types('yes\r')
  await screen.sees('close')
  screen.types('q')
  await screen.sees('released: true')
  expect(await screen.ended()).toBe(0)
})

test('a run that is left before its end is aborted, after a question', async () => {
  const screen = open('--tui', tasks, 'main')
  await screen.sees('Release it? (boolean)')
  screen.types('q')
  await screen.sees('Abort it? (y/n)')
  screen.types('y')
  await screen.sees('aborted on the terminal')
  expect(await screen.ended()).toBe(1)
})

test('a run on a server is shown as well; leaving it does not end it', async () => {
  const server = await TernServerProcess.start()
  const env = { TERN_ENDPOINT: server.url }
  try {
    const screen = (terminal = new Terminal(['run', '--tui', '--name', 'shown', tasks, 'main'], env))
    await screen.sees('Release it? (boolean)')
    screen.types('/failed\rG4')
    await screen.sees('two is too many')
    screen.types('3')
    await screen.sees('this is leaf 2')
    screen.types('q')
    await screen.sees('The run goes on')
    expect(await screen.ended()).toBe(130)
    const again = (terminal = new Terminal(['run', '--tui', tasks, 'main'], env))
    await again.sees('Release it? (boolean)')
    again.types('ay\r')
    await again.sees('close')
    again.types('q')
    await again.sees('released: true')
    expect(await again.ended()).toBe(0)
    const shown = await tern(['run', '--tui', tasks, 'main'], { env })
    expect(shown).toMatchObject({ code: 2, stderr: expect.stringContaining('--tui needs a terminal') })
    expect(await server.json(['get', 'run', 'shown'])).toMatchObject({ phase: expect.stringMatching(/RUNNING|PAUSED/) })
  } finally {
    await server.stop()
  }
})

test('without the tree, conditions are asked one after the other, of each type, and no longer than they wait', async () => {
  const screen = open(asking, 'main')
  await screen.sees('It matters.\r\nIs it so? (boolean)')
  screen.types('perhaps\r')
  await screen.sees('"perhaps" is not of type boolean')
  screen.types('y\r')
  await screen.sees('How many? (integer)')
  screen.types('1.5\r')
  await screen.sees('is not of type integer')
  screen.types('12\r')
  await screen.sees('How much? (float)')
  screen.types('0.25\r')
  await screen.sees('Which? (string)')
  screen.types('this one\r')
  await screen.sees('Soon? (boolean)')
  await screen.sees('["true","12","0.25","this one","ConditionTimedOutError"]')
  expect(await screen.ended()).toBe(0)
})

test('Ctrl-C ends a run that asks', async () => {
  const screen = open(asking, 'main')
  await screen.sees('Is it so? (boolean)')
  screen.types('\u0003')
  await screen.sees('interrupted')
  expect(await screen.ended()).toBe(130)
})

test('where there is no terminal it says so', async () => {
  const tree = await tern(['run', '--local', '--tui', tasks, 'main'])
  expect(tree).toMatchObject({ code: 2, stderr: expect.stringContaining('--tui needs a terminal') })
  const asked = await tern(['run', '--local', asking, 'main'])
  expect(asked.code).toBe(1)
  expect(asked.stderr).toContain('condition yes waits for a value, and there is no terminal to ask for it on')
})

test('what means nothing in a local run is said to', async () => {
  const { code, stderr } = await tern([
    'run',
    '--local',
    '--queue',
    'gpu',
    'examples/hello.ts',
    'main',
    '--numbers',
    '1',
  ])
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'note: --queue means nothing in a local run\n' })
})
