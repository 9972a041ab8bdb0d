import { createServer } from 'node:net'
import { join, relative, resolve } from 'node:path'
import { type CliIo, createProcessIo, runCli } from '@tern/cli'
import { startServer, type TernServer } from '@tern/server'

// Starts a server, runs the weather pipeline on it with the `tern` command, shows the result, and stops the server.
// `npm run quickstart` builds before it calls this. Its data is kept in .quickstart, or in the folder that is named.

const root = join(import.meta.dirname, '..')
const dataDir = resolve(process.argv[2] ?? join(root, '.quickstart'))
const folder = relative(root, dataDir).startsWith('..') ? dataDir : relative(root, dataDir)
const usualPort = 30_080
const example = 'examples/weather.ts'

/** What `tern run --follow -o json` prints, as far as it is of interest here. */
interface WeatherRun {
  readonly name: string
  readonly phase: string
  readonly durationMs: number
  readonly url: string
  readonly outputs: { readonly summary: string } | null
}

const io = createProcessIo()
process.exitCode = await quickstart()

async function quickstart(): Promise<number> {
  const { colors } = io.stderr
  step(`Starting a server with its data in ${folder} …`)
  const server = await startServer({ port: (await isFree(usualPort)) ? usualPort : 0, dataDir }).catch(explain)
  if (server === undefined) return 1
  try {
    step(`It is ready at ${server.url}. Running ${example} on it:\n`)
    say(`  ${colors.dim('$')} npx tern run ${example} main --follow\n`)
    const run = await runWeather(server)
    if (run?.outputs == null) return 1
    await showResult(run, run.outputs.summary, server)
    return 0
  } finally {
    await server.stop()
  }
}

async function runWeather(server: TernServer): Promise<WeatherRun | undefined> {
  const { code, stdout } = await tern(['run', example, 'main', '--follow', '-o', 'json'], server)
  return code === 0 ? (JSON.parse(stdout) as WeatherRun) : undefined
}

async function showResult(run: WeatherRun, summary: string, server: TernServer): Promise<void> {
  const { bold, green } = io.stdout.colors
  const actions = await tern(['get', 'action', run.name, '--limit', '1000', '-o', 'json'], server)
  const count = (JSON.parse(actions.stdout) as unknown[]).length
  print('')
  print(summary.replace(/^# (.*)$/m, (_, title: string) => bold(title)))
  print(`${green('✓')} ${count} actions, each stored and tracked, in ${(run.durationMs / 1000).toFixed(1)} seconds.`)
  print(`  ${run.url}\n`)
  print(nextSteps(run, server))
}

function nextSteps(run: WeatherRun, server: TernServer): string {
  const { bold, dim } = io.stdout.colors
  const isUsual = server.port === usualPort
  const start = `npx tern start --data-dir ${folder}${isUsual ? '' : ` --port ${server.port}`}`
  const commands: readonly (readonly [string, string])[] = [
    ...(isUsual ? [] : [[`export TERN_ENDPOINT=${server.url}`, 'another program has the usual port'] as const]),
    ['npx tern get run', 'what has run'],
    [`npx tern get action ${run.name}`, 'every action of this run'],
    [`npx tern get io ${run.name}`, 'what went in and what came out'],
    [`npx tern run examples/hello.ts main --numbers '[1,2,3]' --follow`, 'another pipeline'],
    ['npx tern run examples/hello.ts main --help', 'its inputs, as flags'],
  ]
  const width = Math.max(...commands.map(([command]) => command.length))
  return [
    bold('How to go on'),
    'This server stops now. Keep one running on the same data, and the address above works again:',
    `  ${start}`,
    'In another terminal:',
    ...commands.map(([command, meaning]) => `  ${command.padEnd(width)}  ${dim(meaning)}`),
    `Then read ${bold('examples/hello.ts')}, change it, and run it again.`,
  ].join('\n')
}

/** Calls the `tern` command in this process; what it says on standard error goes to the terminal. */
async function tern(args: readonly string[], server: TernServer): Promise<{ code: number; stdout: string }> {
  let stdout = ''
  const capturing: CliIo = {
    ...io,
    interrupted: io.interrupted,
    stdout: { ...io.stdout, write: (text) => void (stdout += text) },
    cwd: root,
  }
  const code = await runCli([...args, '--endpoint', server.url], capturing)
  return { code, stdout }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

function explain(error: unknown): undefined {
  const { message, hint } = error as { message: string; hint?: string }
  say(`${io.stderr.colors.red('error:')} ${message}${hint === undefined ? '' : `\nhint: ${hint}`}`)
  return undefined
}

function step(text: string): void {
  say(`${io.stderr.colors.cyan('›')} ${text}`)
}

function say(text: string): void {
  io.stderr.write(`${text}\n`)
}

function print(text: string): void {
  io.stdout.write(`${text}\n`)
}
