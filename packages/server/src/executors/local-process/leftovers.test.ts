import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { endLeftover } from './leftovers.ts'
import { type ProcessRecord, ProcessRecords } from './process-records.ts'
import { findProcess, listProcesses } from './process-table.ts'

let folder: string
let started: ChildProcess[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-leftovers-'))
  started = []
})
afterEach(() => {
  for (const { pid } of started) killGroup(pid!)
  rmSync(folder, { recursive: true })
})

/** All of it at once: a shell may be starting something at this moment. */
function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const runBase = '/storage/tern/p/d/r1'

/** A shell in a group of its own, once it has written its first line. */
async function startShell(script: string): Promise<ChildProcess & { readonly pid: number }> {
  const env = { ...process.env, _U_RUN_BASE: runBase }
  const shell = spawn('sh', ['-c', script], { detached: true, env, stdio: ['ignore', 'pipe', 'ignore'] })
  started.push(shell)
  await once(createInterface({ input: shell.stdout! }), 'line')
  return shell as ChildProcess & { readonly pid: number }
}

/** What a server that is gone noted of a process. */
function recordOf(pid: number, overrides: Partial<ProcessRecord> = {}): ProcessRecord {
  const start = findProcess(pid)?.start ?? ''
  return { pid, start, server: { pid: 0, start: 'gone' }, action: 'p/d/r1/a0', runBase, ...overrides }
}

const groupOf = (group: number) => listProcesses().flatMap((found) => (found.group === group ? found.pid : []))
const end = (record: ProcessRecord, graceMs = 5_000, signal = new AbortController().signal) =>
  endLeftover(record, { graceMs, signal })

describe('a leftover process', () => {
  test('is asked to end, with all that it started', async () => {
    const marker = join(folder, 'cleaned-up')
    // A command that is started to clean up is not asked to stop, too.
    const child = `sh -c 'echo; exec sleep 600'`
    const shell = await startShell(`trap 'sleep 0.3 && touch "${marker}"; exit' TERM; ${child} & wait`)
    expect(groupOf(shell.pid)).toHaveLength(2)
    await end(recordOf(shell.pid), 20_000)
    expect(groupOf(shell.pid)).toEqual([])
    expect(existsSync(marker)).toBe(true)
  })

  test('is made to when it does not', async () => {
    const shell = await startShell(`trap '' TERM; sleep 600 & echo; wait`)
    await end(recordOf(shell.pid), 50)
    expect(groupOf(shell.pid)).toEqual([])
  })

  test('is made to at once when there is no time left', async () => {
    const shell = await startShell(`trap '' TERM; echo; sleep 600`)
    await end(recordOf(shell.pid), 600_000, AbortSignal.abort())
    expect(groupOf(shell.pid)).toEqual([])
  })

  test('is ended when what it was started as is gone, and its children are not', async () => {
    const shell = await startShell('sleep 600 >&- & echo; exec cat /dev/stdin')
    const record = recordOf(shell.pid)
    await expect.poll(() => findProcess(shell.pid)).toBeUndefined()
    expect(groupOf(shell.pid)).toHaveLength(1)
    await end({ ...record, runBase: '/storage/tern/p/d/another' })
    expect(groupOf(shell.pid)).toHaveLength(1)
    await end(record)
    expect(groupOf(shell.pid)).toEqual([])
  })

  test('is ended when it was forked, and so has other variables', async () => {
    const env = { PATH: process.env['PATH'], TERN_FORKS: '/forks/1.sock' }
    const shell = spawn('sh', ['-c', 'sleep 600 >&- & echo'], {
      detached: true,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    started.push(shell)
    await once(createInterface({ input: shell.stdout! }), 'line')
    const record = recordOf(shell.pid!, { start: 'before' })
    await expect.poll(() => findProcess(shell.pid!)).toBeUndefined()
    await end({ ...record, forks: '/forks/2.sock' })
    expect(groupOf(shell.pid!)).toHaveLength(1)
    await end({ ...record, forks: '/forks/1.sock' })
    expect(groupOf(shell.pid!)).toEqual([])
  })

  test('is never one that was given its pid later', async () => {
    const shell = await startShell('echo; sleep 600')
    await end(recordOf(shell.pid, { start: 'an earlier time' }))
    expect(findProcess(shell.pid)).toBeDefined()
  })
})

describe('records', () => {
  test('are of those whose server is gone', async () => {
    const records = new ProcessRecords(join(folder, 'records'))
    expect(records.left()).toEqual([])
    const [own, left] = [await startShell('echo; sleep 600'), await startShell('echo; sleep 600')]
    records.add(own.pid, { action: 'p/d/r1/a0', runBase })
    writeFileSync(join(folder, 'records', `${left.pid}.json`), JSON.stringify(recordOf(left.pid)))
    expect(records.left().map(({ pid }) => pid)).toEqual([left.pid])
  })

  test('that were not written whole are dropped', () => {
    const place = join(folder, 'records')
    mkdirSync(place)
    writeFileSync(join(place, '17.json'), '{"pid":17,')
    expect(new ProcessRecords(place).left()).toEqual([])
    expect(readdirSync(place)).toEqual([])
  })
})
