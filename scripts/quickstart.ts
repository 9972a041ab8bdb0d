import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { styleText } from 'node:util'

// Starts a server, runs a pipeline on it that succeeds and one that fails, shows what came of them, and on a terminal
// keeps the server until Ctrl-C: all with the `tern` command, as a user would. `npm run quickstart` builds before it calls
// this. The data is kept in .quickstart, or in the folder that is named.

const root = join(import.meta.dirname, '..')
const tern = join(root, 'packages/cli/bin/tern.mjs')
const dataDir = resolve(process.argv[2] ?? join(root, '.quickstart'))
const folder = relative(root, dataDir).startsWith('..') ? dataDir : relative(root, dataDir)
const usualPort = 30_080
const example = 'examples/weather.ts'
const failingExample = 'examples/etl-with-failure.ts'
const isWatched = process.stdin.isTTY && process.stdout.isTTY

/** What `tern start -o json` prints. */
interface Server {
  readonly url: string
  readonly port: number
}

/** What `tern run --follow -o json` prints, as far as it is of interest here. */
interface EndedRun {
  readonly name: string
  readonly durationMs: number
  readonly url: string
}

interface WeatherRun extends EndedRun {
  readonly outputs: { readonly summary: string }
}

interface FailedRun extends EndedRun {
  readonly error: { readonly message: string }
}

// Ctrl-C reaches the commands too: they end by themselves, and then this does.
process.on('SIGINT', () => undefined)
process.exitCode = await quickstart()

async function quickstart(): Promise<number> {
  step(`Starting a server that keeps its data in ${folder}`)
  const port = (await isFree(usualPort)) ? usualPort : 0
  const started = start(['start', '--port', String(port), '--data-dir', dataDir, '-o', 'json'])
  const server = await firstLine<Server>(started)
  if (server === undefined) return 1
  try {
    step(`It is ready at ${server.url}. Running a pipeline on it:\n`)
    say(`  ${style('dim', '$')} npx tern run ${example} main --follow\n`)
    const run = await call<WeatherRun>(['run', example, 'main', '--follow', '-o', 'json'], server)
    if (run === undefined) return 1
    const actions = await call<unknown[]>(['get', 'action', run.name, '--limit', '1000', '-o', 'json'], server)
    showResult(run, actions?.length ?? 0)
    step('Running one whose data are wrong, which fails:\n')
    say(`  ${style('dim', '$')} npx tern run ${failingExample} main --follow`)
    const failed = await call<FailedRun>(['run', failingExample, 'main', '--follow', '-o', 'json'], server, 1)
    if (failed === undefined) {
      say(`${failingExample} should have failed, and did not: the command above shows what it does instead.`)
      return 1
    }
    showFailure(failed)
    print(nextSteps(run, server))
    if (isWatched) await ended(started)
    return 0
  } finally {
    started.kill('SIGTERM')
    await ended(started)
  }
}

function showResult({ outputs, durationMs, url }: WeatherRun, actions: number): void {
  print(`\n${outputs.summary.replace(/^# (.*)$/m, (_, title: string) => style('bold', title))}`)
  print(
    `${style('green', '✓')} ${actions} actions, each stored and tracked, in ${(durationMs / 1000).toFixed(1)} seconds.`,
  )
  print(`  ${url}\n`)
}

function showFailure({ error, url }: FailedRun): void {
  print(`\n${style('red', '✗')} ${error.message.split('\n', 1)[0]}`)
  print(`  ${url}`)
  print(
    '  There, the failed action shows where in the code it was, and the pencil beside Rerun starts it again with other inputs.\n',
  )
}

function nextSteps({ name }: WeatherRun, { url, port }: Server): string {
  const isUsual = port === usualPort
  const commands: readonly (readonly [command: string, meaning: string])[] = [
    ...(isUsual ? [] : [[`export TERN_ENDPOINT=${url}`, 'another program has the usual port'] as const]),
    ['npx tern get run', 'what has run'],
    [`npx tern get action ${name}`, 'every action of this run'],
    [`npx tern get io ${name}`, 'what went in and what came out'],
    [`npx tern run examples/hello.ts main --numbers '[1,2,3]' --follow`, 'another pipeline'],
    ['npx tern run examples/hello.ts main --help', 'its inputs, as flags'],
  ]
  const width = Math.max(...commands.map(([command]) => command.length))
  return [
    style('bold', 'How to go on'),
    ...(isWatched
      ? ['The server runs until Ctrl-C: open an address above in a browser. To start it again, with the same data:']
      : ['This server stops now. Start it again, with the same data, and open an address above in a browser:']),
    `  npx tern start --data-dir ${shellWord(folder)}${isUsual ? '' : ` --port ${port}`}`,
    'In another terminal:',
    ...commands.map(([command, meaning]) => `  ${command.padEnd(width)}  ${style('dim', meaning)}`),
    `Then read ${style('bold', 'examples/hello.ts')}, change it, and run it again.`,
  ].join('\n')
}

/**
 * Calls `tern` about a server.
 *
 * @param expected the exit code; what it says on standard error is shown only if that is 0
 * @returns the JSON it prints; undefined when it ended otherwise, and has said why
 */
async function call<T>(args: readonly string[], { url }: Server, expected = 0): Promise<T | undefined> {
  const child = start([...args, '--endpoint', url], expected === 0 ? 'inherit' : 'ignore')
  const [output] = await Promise.all([text(child.stdout!), ended(child)])
  return child.exitCode === expected ? (JSON.parse(output) as T) : undefined
}

/** Starts a `tern` command; what it says on standard error goes to the terminal, unless told otherwise. */
function start(args: readonly string[], stderr: 'inherit' | 'ignore' = 'inherit'): ChildProcess {
  return spawn(process.execPath, [tern, ...args], { cwd: root, stdio: ['ignore', 'pipe', stderr] })
}

/** The first line that a command prints, as JSON; undefined when it ends before that. */
async function firstLine<T>(child: ChildProcess): Promise<T | undefined> {
  for await (const line of createInterface({ input: child.stdout! })) return JSON.parse(line) as T
  return undefined
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** A path as it is written in a shell. */
function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

function step(message: string): void {
  say(`${style('cyan', '›')} ${message}`)
}

function say(message: string): void {
  console.error(message)
}

function print(message: string): void {
  console.log(message)
}

/** Colours, if standard output is a terminal. */
function style(format: Parameters<typeof styleText>[0], message: string): string {
  return styleText(format, message, { stream: process.stdout })
}
