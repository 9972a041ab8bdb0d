import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { configure } from '@tern/sdk'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MeasuredServer } from '../src/measured-server.ts'
import { shapes } from '../src/shapes.ts'
import { verifyRuns } from '../src/verify-runs.ts'

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const quickTimeout = 180_000

function bench(...args: ReadonlyArray<string>) {
  return promisify(execFile)(process.execPath, [program, ...args])
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-bench-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('every shape of the table of speeds runs, and is looked through', { timeout: quickTimeout }, async () => {
  const { stdout, stderr } = await bench('all', '--quick', '--json')
  const { rows, shapes: verified } = JSON.parse(stdout)
  expect(verified.map((shape: Record<string, unknown>) => [shape['shape'], shape['verified_actions']])).toEqual([
    ['chain --length 20', 21],
    ['fanout --n 100', 101],
    ['swarm --k 3 --n 50', 153],
    ['swarm --k 6 --n 50', 306],
    ['hold --m 200 --seconds 1', 201],
  ])
  expect(rows.map((row: Record<string, unknown>) => row['quantity'])).toContain('start to ready')
  for (const row of rows) expect(row['measured'], row['shape']).toBeGreaterThan(0)
  const reported = stderr.match(/^RESULT_JSON:.*$/gm)?.map((line) => JSON.parse(line.slice('RESULT_JSON:'.length)))
  expect(reported?.map(({ shape, cold }) => [shape, cold])).toEqual([
    ['chain', true],
    ['chain', false],
    ['fanout', true],
    ['fanout', false],
    ['swarm', true],
    ['swarm', false],
    ['swarm', true],
    ['swarm', false],
    ['hold', true],
    ['hold', false],
    ['history', undefined],
  ])
})

test('profiles are written of the server and of its workers', { timeout: quickTimeout }, async () => {
  await bench('fanout', '--n', '10', '--rounds', '1', '--cpu-prof', folder, '--heap-prof', folder)
  for (const role of ['server', 'worker']) {
    const files = readdirSync(join(folder, role)).map((file) => file.split('.').at(-1))
    expect(new Set(files), role).toEqual(new Set(['cpuprofile', 'heapprofile']))
  }
})

test('what it can do, it tells; what it does not know, it refuses', async () => {
  expect((await bench('--help')).stdout).toContain('usage: npm run bench')
  await expect(bench('fanout', '--length', '3')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('fanout has no parameter length'),
  })
  expect(existsSync(join(folder, 'server'))).toBe(false)
})

describe('a look at what runs have left', () => {
  let server: MeasuredServer
  beforeEach(async () => {
    server = await MeasuredServer.start({ database: undefined, profiling: { cpu: undefined, heap: undefined } })
    configure({ endpoint: server.url })
  })
  afterEach(() => server.stop())

  test('counts all actions, and finds leaves that are missing or wrong', async () => {
    const swarm = shapes['swarm']!
    const { checkLeaf } = swarm
    const runs = await swarm.execute({ k: 2, n: 3 })
    expect(await verifyRuns(server.url, runs, checkLeaf)).toMatchObject({ actions: 8 })
    const more = runs.map((run) => ({ ...run, leaves: 4 }))
    await expect(verifyRuns(server.url, more, checkLeaf)).rejects.toThrow('lists 3 leaves, which should be 4')
    await expect(verifyRuns(server.url, runs, () => 'it is blue')).rejects.toThrow('is wrong: it is blue')
  })

  test('knows whether leaves were live at the same time', async () => {
    const [chained, held] = [shapes['chain']!, shapes['hold']!]
    const inTurns = await chained.execute({ length: 20 })
    expect(await verifyRuns(server.url, inTurns, chained.checkLeaf)).toMatchObject({ wereAllLive: false })
    const together = await held.execute({ m: 5, seconds: 3 })
    expect(await verifyRuns(server.url, together, held.checkLeaf)).toMatchObject({ actions: 6, wereAllLive: true })
  })

  test('finds the leaves that several parents share', async () => {
    const held = shapes['hold']!
    const runs = await held.execute({ m: 5, seconds: 0.1, parents: 2 })
    expect(runs.map(({ leaves }) => leaves)).toEqual([2, 3])
    expect(await verifyRuns(server.url, runs, held.checkLeaf)).toMatchObject({ actions: 7 })
  })
})
