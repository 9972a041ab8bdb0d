import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { systemClock } from '@tern/core'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ForkServers, type WarmEnvironment } from './fork-servers.ts'
import { findProcess } from './process-table.ts'
import { spawnProcess, type StartedProcess } from './started-process.ts'

const versionOfPython = 'import sys; print("%d.%d" % sys.version_info[:2])'

const packages = join(import.meta.dirname, 'test/python')
/** The interpreter that a command starts: not the wrapper, which has variables of its own. */
function interpreterOf(command: string, code = 'import sys; print(sys.executable)'): string | undefined {
  try {
    return execFileSync(command, ['-c', code], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

const python = interpreterOf('python3')!

/** Every release of Python on this machine that Flyte's SDK runs on, the usual one first. */
const pythons = [...Map.groupBy(installedPythons(), (found) => interpreterOf(found, versionOfPython))]
  .filter(([version]) => version !== undefined)
  .map(([version, [found]]) => [version!, found!] as const)

function installedPythons(): string[] {
  const minors = ['3.10', '3.11', '3.12', '3.13', '3.14']
  const { PYENV_ROOT = '' } = process.env
  const folder = join(PYENV_ROOT, 'versions')
  const versions = existsSync(folder) ? readdirSync(folder) : []
  const kept = versions.filter((version) => minors.some((minor) => version.startsWith(`${minor}.`)))
  const commands = [
    ...minors.map((minor) => `python${minor}`),
    ...kept.map((version) => join(folder, version, 'bin/python')),
  ]
  return [python, ...commands.flatMap((command) => interpreterOf(command) ?? [])]
}

let top: string
let folder: string
let warnings: string[]
let servers: ForkServers

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'tern-fork-'))
  folder = top
  warnings = []
  servers = open()
})
afterEach(async () => {
  await servers.stop()
  rmSync(top, { recursive: true })
})

function open(idleMs = 60_000): ForkServers {
  const logger = pino(
    { level: 'warn' },
    { write: (line) => warnings.push((JSON.parse(line) as { reason: string }).reason) },
  )
  return new ForkServers({ folder: join(folder, 'forks'), graceMs: 200, idleMs, clock: systemClock, logger })
}

const base = {
  PATH: process.env['PATH'] ?? '',
  PYTHONPATH: packages,
  PYTHONUNBUFFERED: '1',
  PYTHONDONTWRITEBYTECODE: '1',
}

function environment(changes: Partial<WarmEnvironment> = {}): WarmEnvironment {
  return { key: 'k', python, env: base, shared: null, idleMs: null, ...changes }
}

async function fork(code: string, wanted = environment(), env = {}): Promise<StartedProcess> {
  const forked = await servers.fork(wanted, {
    argv: ['a0', code],
    env: { ...wanted.env, ...env },
    cwd: folder,
    bundle: null,
  })
  if (forked === undefined) throw new Error(`not forked: ${warnings.join()}`)
  return forked
}

function spawnFresh(code: string, env = {}, interpreter = python): StartedProcess {
  const argv = [interpreter, '-m', 'flyte._bin.runtime', 'a0', code] as const
  return spawnProcess({ argv: [...argv], env: { ...base, ...env }, workingDir: folder })
}

async function outcomeOf(process: StartedProcess) {
  const read = (stream: Readable | null) => (stream === null ? '' : text(stream))
  const [stdout, stderr] = await Promise.all([read(process.stdout), read(process.stderr)])
  const { code, signal } = await process.exit
  return { stdout, stderr, code, signal }
}

const look = `
import json, os, signal, sys, threading
previous = os.umask(0)
print(json.dumps({
  "env": dict(os.environ), "argv": sys.argv, "originally": sys.orig_argv[1:], "path": sys.path, "cwd": os.getcwd(),
  "umask": previous, "leads its group": os.getpgrp() == os.getpid(), "its session": os.getsid(0) == os.getpid(),
  "signals": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
  "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])), "wakeup": signal.set_wakeup_fd(-1),
  "stdin": os.read(0, 1).decode(), "terminal": os.isatty(1), "seekable": [sys.stdout.seekable(), sys.stderr.seekable()],
  "line by line": [sys.stdout.line_buffering, sys.stdout.write_through, sys.stderr.line_buffering],
  "encoding": sys.stdout.encoding, "main": sys.modules["__main__"].__spec__.name, "flags": str(sys.flags),
  "threads": sorted(thread.name.split()[0] for thread in threading.enumerate()), "executable": sys.executable,
  "kinds of descriptors": sorted(os.readlink(f"/proc/self/fd/{name}").split(":")[0].split("/")[-1]
    for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}") or name < "3")}))
`

describe('a forked process', () => {
  test.each(pythons)('is what a fresh one would be, with Python %s', async (_, interpreter) => {
    const env = { ACTION_NAME: 'a0', TZ: 'Asia/Tokyo' }
    const seen = async (process: StartedProcess) => JSON.parse((await outcomeOf(process)).stdout) as unknown
    const forked = await fork(look, environment({ python: interpreter }), env)
    expect(await seen(forked)).toEqual(await seen(spawnFresh(look, env, interpreter)))
  })

  test.each([
    ['a code', 'import sys; sys.exit(3)', { code: 3, signal: null }],
    ['a text', 'import sys; sys.exit("enough")', { code: 1, stderr: 'enough\n' }],
    [
      'a thread that goes on',
      'import sys, threading, time; threading.Thread(target=lambda: (time.sleep(0.1), print("done"))).start(); sys.exit(0)',
      { code: 0, stdout: 'done\n' },
    ],
    ['an error', 'raise ValueError("no")', { code: 1, signal: null }],
    ['a signal', 'import os, signal; os.kill(os.getpid(), signal.SIGSEGV)', { code: null, signal: 'SIGSEGV' }],
    ['what it registered for the end', 'import atexit; atexit.register(print, "bye")', { code: 0, stdout: 'bye\n' }],
    [
      'its output closed',
      'import sys; print("bye"); sys.stdout.close(); sys.stderr = None',
      { code: 0, stdout: 'bye\n' },
    ],
  ])('ends with %s', async (_, code, expected) => {
    expect(await outcomeOf(await fork(code))).toMatchObject(expected)
    expect(await outcomeOf(spawnFresh(code))).toMatchObject(expected)
  })

  test('has the threads and loops that imports make for itself', async () => {
    const code = `
import asyncio, flyte
async def nap(): await asyncio.sleep(0.05); return "rested"
print(flyte.background.call(nap()), flyte.background.thread.is_alive())`
    const processes = await Promise.all([1, 2, 3].map(() => fork(code)))
    for (const { stdout } of await Promise.all(processes.map(outcomeOf))) expect(stdout).toBe('rested True\n')
  })

  test('keeps what a file that its modules hold was given last', async () => {
    writeFileSync(join(folder, 'holds.py'), 'file = open("held", "w")')
    const code = 'import sys; sys.path.insert(0, "."); import holds; holds.file.write("kept"); sys.exit(0)'
    expect(await outcomeOf(await fork(code))).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(join(folder, 'held'), 'utf8')).toBe('kept')
  })

  test('loads nothing at its end that was to be loaded when it is used', async () => {
    writeFileSync(join(folder, 'lazy.py'), 'open("loaded", "w").close()')
    const code = `
import importlib.util, sys
sys.path.insert(0, ".")
spec = importlib.util.find_spec("lazy")
spec.loader = importlib.util.LazyLoader(spec.loader)
sys.modules["lazy"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["lazy"])
sys.exit(0)`
    expect(await outcomeOf(await fork(code))).toMatchObject({ code: 0, stderr: '' })
    expect(existsSync(join(folder, 'loaded'))).toBe(false)
  })

  test('draws other random numbers than the next', async () => {
    const draw = async () => (await outcomeOf(await fork('import random; print(random.random())'))).stdout
    expect(await draw()).not.toBe(await draw())
  })

  test('keeps what it changes to itself', async () => {
    await outcomeOf(
      await fork('import flyte, os, sys; flyte.mark = 1; os.environ["MARK"] = "1"; sys.path.append("/mark")'),
    )
    const { stdout } = await outcomeOf(
      await fork('import flyte, os, sys; print(hasattr(flyte, "mark"), "MARK" in os.environ, "/mark" in sys.path)'),
    )
    expect(stdout).toBe('False False False\n')
  })

  test('takes along what it left running', async () => {
    const { stdout } = await outcomeOf(await fork('import subprocess; print(subprocess.Popen(["sleep", "600"]).pid)'))
    await expect.poll(() => findProcess(Number(stdout))).toBeUndefined()
  })

  test('writes as much as it likes', async () => {
    const { stdout } = await outcomeOf(await fork('for n in range(100_000): print(n)'))
    expect(stdout.split('\n')).toHaveLength(100_001)
  })
})

describe('a fork server', () => {
  test('is started anew when it was killed; what it had forked is lost, and said to be', async () => {
    const code = 'import os, time; print(os.getppid(), flush=True); time.sleep(600)'
    const forked = await fork(code)
    const parent = await new Promise<number>((resolve) => forked.stdout?.once('data', (data) => resolve(Number(data))))
    process.kill(parent, 'SIGKILL')
    expect(await forked.exit).toMatchObject({ lost: expect.stringContaining('SIGKILL') })
    await expect.poll(() => findProcess(forked.pid!)).toBeUndefined()
    expect(await outcomeOf(await fork('print("again")'))).toMatchObject({ stdout: 'again\n' })
  })

  test('ends when it has had nothing to do for a while', async () => {
    await servers.stop()
    servers = open(20)
    const { stdout } = await outcomeOf(await fork('import os; print(os.getppid())'))
    await expect.poll(() => findProcess(Number(stdout))).toBeUndefined()
    expect(await outcomeOf(await fork('print("again")'))).toMatchObject({ stdout: 'again\n' })
  })

  test('ends what runs when its server is gone: asks, then makes it', async () => {
    const file = join(folder, 'asked')
    const code = `
import signal, time
signal.signal(signal.SIGTERM, lambda *_: open(${JSON.stringify(file)}, "w").close())
print("ready", flush=True)
while True: time.sleep(1)`
    const forked = await fork(code)
    await new Promise((resolve) => forked.stdout?.once('data', resolve))
    const { parent } = parentOf(forked.pid!)
    servers.abandon()
    await expect.poll(() => findProcess(forked.pid!)).toBeUndefined()
    await expect.poll(() => findProcess(parent)).toBeUndefined()
    expect(existsSync(file)).toBe(true)
  })

  test('is not started any more when all were stopped', async () => {
    await servers.stop()
    await expect(fork('print("late")')).rejects.toThrow('not forked')
    expect(existsSync(join(folder, 'forks'))).toBe(false)
  })

  test('is not used where an import starts a thread for good', async () => {
    const env = { ...base, PYTHONPATH: `${packages}:${join(packages, 'code')}` }
    const shared = { source: join(packages, 'code'), modules: ['starts_thread'] }
    const forked = await servers.fork(environment({ env, shared }), {
      argv: ['a0', ''],
      env,
      cwd: folder,
      bundle: null,
    })
    expect(forked).toBeUndefined()
    expect(warnings).toEqual(['1 threads were started by an import'])
  })

  test('is not used where an import opens a connection', async () => {
    const shared = { source: join(packages, 'code'), modules: ['opens_connection'] }
    expect(
      await servers.fork(environment({ shared }), { argv: ['a0', ''], env: base, cwd: folder, bundle: null }),
    ).toBeUndefined()
    expect(warnings).toEqual(['connections were opened by an import'])
  })

  test('is not used without what tasks need', async () => {
    const env = { PATH: base.PATH }
    expect(
      await servers.fork(environment({ env }), { argv: ['a0', ''], env, cwd: folder, bundle: null }),
    ).toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining('flyte')])
  })

  test('is found wherever its folder is', async () => {
    await servers.stop()
    folder = mkdtempSync(join(folder, 'x'.repeat(100)))
    servers = open()
    expect(await outcomeOf(await fork('print("here")'))).toMatchObject({ stdout: 'here\n' })
  })

  test('has the code of an environment for reuse loaded once', async () => {
    const shared = { source: join(packages, 'code'), modules: ['counts'] }
    const wanted = environment({ shared })
    const count = async () =>
      (await outcomeOf(await fork('import sys; print("counts" in sys.modules, sys.modules["counts"].when)', wanted)))
        .stdout
    expect(await count()).toMatch(/^True/)
    expect(await count()).toBe(await count())
  })
})

function parentOf(pid: number): { readonly parent: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return { parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }
}
