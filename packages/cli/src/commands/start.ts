import type { ServerOptions } from '@tern/server'
import { Command } from 'commander'
import { commandOption, type CommonOptions, withCommonOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseBoolean, parseCount, parsePort, parseRetries } from '../flags/parse-values.ts'
import { parseImages } from '../start/parse-images.ts'
import { parseCapacity, parseQueues, parseSize } from '../start/parse-limits.ts'
import { resolveOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import { serialise } from '../output/print-result.ts'

export interface StartOptions extends CommonOptions {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  readonly database: string
  readonly advertiseUrl?: string
  readonly storage: string
  readonly python?: string
  readonly image?: ServerOptions['images']
  readonly warmPython: boolean
  /** With commas between them. */
  readonly domains: string
  /** With commas between them. */
  readonly allowOrigin?: string
  readonly secretKeyFile?: string
  readonly smtpUrl?: string
  readonly smtpFrom?: string
  readonly maxWorkers?: number
  readonly queue?: ServerOptions['queues']
  readonly capacity?: ServerOptions['capacity']
  /** Lengths of time, e.g. `30d`. */
  readonly keepRuns?: string
  readonly keepCache?: string
  readonly keepEnvironments?: string
  /** In bytes. */
  readonly maxEnvironments?: number
  readonly systemRetries?: number
  /** Lengths of time, e.g. `1h`. */
  readonly defaultMaxRuntime?: string
  readonly defaultMaxQueuedTime?: string
  readonly defaultDeadline?: string
  /** Lengths of time, e.g. `15s`. */
  readonly lease: string
  readonly workerIdle: string
  readonly abortGrace: string
  readonly stopGrace: string
  readonly logLevel: string
  readonly insecure?: boolean
}

/** What `tern start -o json` prints when the server is ready. */
export interface ReadyView {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly dataDir: string
  readonly pid: number
  readonly version: string
}

export function startCommand(io: CliIo): Command {
  // Like the common flags, those of the server have variables without a prefix of their command: TERN_PORT.
  const option = (flags: string, description: string) => {
    const made = commandOption([], flags, description)
    return Object.assign(made, { configKey: made.configKey?.replace(/^tern\./, 'tern.start.') })
  }
  const command = new Command('start')
    .description('start a server, until Ctrl-C')
    .addOption(option('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(option('--port <number>', 'port to listen on; 0 takes a free one').argParser(parsePort).default(30080))
    .addOption(option('--data-dir <folder>', 'where it keeps everything').default('.tern'))
    .addOption(
      option('--database <url>', 'sqlite, in the data folder, or postgres://user:password@host/database').default(
        'sqlite',
      ),
    )
    .addOption(
      option(
        '--advertise-url <url>',
        'where other servers on the same database reach this one; http://host:port, if left out',
      ),
    )
    .addOption(option('--lease <duration>', 'how long it may be silent before they take over its runs').default('15s'))
    .addOption(option('--storage <url>', 'file, in the data folder').default('file'))
    .addOption(
      option(
        '--python <path>',
        'what runs Python tasks, with flyte installed: an interpreter, a virtual environment or a command; the active environment or python3, if left out',
      ),
    )
    .addOption(
      option(
        '--image <pattern=python>',
        'what runs the Python tasks of some images instead, * for any characters; may be repeated, the first that fits counts',
      ).argParser(parseImages),
    )
    .addOption(
      option('--warm-python <boolean>', 'fork Python tasks from processes that have imported flyte; on Linux')
        .argParser(parseBoolean)
        .default(true),
    )
    .addOption(
      option('--domains <names>', 'domains of every project, with commas between them').default(
        'development,staging,production',
      ),
    )
    .addOption(
      option(
        '--secret-key-file <file>',
        'key that secrets are encrypted with, 32 bytes in base64; secrets.key in the data folder, if left out',
      ),
    )
    .addOption(
      option(
        '--smtp-url <url>',
        'mail server that notifications go through, smtp://user:password@host:587; none, if left out',
      ),
    )
    .addOption(option('--smtp-from <address>', 'whom its mails are from; tern@ and the host, if left out'))
    .addOption(
      option(
        '--max-workers <count>',
        'worker processes of a task environment at once; as many as there are processors, if left out',
      ).argParser(parseCount),
    )
    .addOption(
      option(
        '--queue <name=limit:priority>',
        'a queue: how many of its actions run at once, and its priority, 0 if left out; may be repeated',
      ).argParser(parseQueues),
    )
    .addOption(
      option(
        '--capacity <amounts>',
        'what task processes share of this machine, such as cpu=4,memory=8Gi,gpu=1; all it has, and no gpu, if left out',
      ).argParser(parseCapacity),
    )
    .addOption(option('--keep-runs <duration>', 'how long runs are kept after their end; for ever, if left out'))
    .addOption(
      option('--keep-cache <duration>', 'how long results are reused after they were computed; for ever, if left out'),
    )
    .addOption(
      option(
        '--keep-environments <duration>',
        'how long environments that were built for images are kept after their last use; 30d, if left out',
      ),
    )
    .addOption(
      option(
        '--max-environments <size>',
        'how large they may be together before unused ones go; 20Gi, if left out',
      ).argParser(parseSize),
    )
    .addOption(
      option(
        '--system-retries <count>',
        'attempts that may follow failures that are not of the task, such as a lost worker, 0 to 100; 3, if left out',
      ).argParser(parseRetries),
    )
    .addOption(
      option(
        '--default-max-runtime <duration>',
        'how long an attempt may run, for tasks that do not say; no limit, if left out',
      ),
    )
    .addOption(
      option(
        '--default-max-queued-time <duration>',
        'how long an attempt may wait to be run, for tasks that do not say; no limit, if left out',
      ),
    )
    .addOption(
      option(
        '--default-deadline <duration>',
        'how long an action may take over all its attempts, for tasks that do not say; no limit, if left out',
      ),
    )
    .addOption(option('--worker-idle <duration>', 'how long a worker with nothing to do is kept').default('1m'))
    .addOption(option('--abort-grace <duration>', 'how long an aborted task may take to clean up').default('10s'))
    .addOption(option('--stop-grace <duration>', 'how long requests may take to finish when it stops').default('5s'))
    .addOption(
      option('--log-level <level>', 'what it logs to standard error')
        .choices(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
        .default('warn'),
    )
    .addOption(
      option(
        '--allow-origin <urls>',
        'origins of web pages that may call it, with commas between them: https://tools.example.com',
      ),
    )
    .addOption(option('--insecure', 'listen where other machines can connect, without authentication'))
    .addHelpText(
      'after',
      examples(
        ['tern start', 'serves http://127.0.0.1:30080, keeps everything in .tern'],
        ['tern start --port 0 -o json', 'on a free port; prints {"url": …} when it is ready'],
      ),
    )
  return withCommonOptions(command).action(async () => {
    const { values } = await resolveOptions<StartOptions>(command, io)
    const { toServerOptions } = await import('../start/server-options.ts')
    await serve(toServerOptions(values, io.cwd), values, io)
  })
}

export function readyText({ url, dataDir }: ReadyView, cwd: string): string {
  const folder = dataDir.startsWith(`${cwd}/`) ? dataDir.slice(cwd.length + 1) : dataDir
  return `Tern is ready at ${url} (data in ${folder}; stop it with Ctrl-C)\n`
}

async function serve(serverOptions: ServerOptions, options: StartOptions, io: CliIo): Promise<void> {
  const { startServer, version } = await import('@tern/server')
  const { createServerLogger } = await import('../server-log.ts')
  // Asked for before anybody can know that there is something to stop.
  const { interrupted } = io
  const fatal = Promise.withResolvers<never>()
  const server = await startServer({
    ...serverOptions,
    logger: await createServerLogger(options.logLevel, io),
    onFatal: fatal.reject,
  })
  const { url, host, port, dataDir } = server
  const ready = { url, host, port, dataDir, pid: process.pid, version }
  io.stdout.write(options.output === 'table' ? readyText(ready, io.cwd) : await oneLine(ready, options.output))
  try {
    await Promise.race([aborted(interrupted), fatal.promise])
  } finally {
    if (io.stderr.isTerminal) io.stderr.write('\nStopping; once more stops at once.\n')
    await server.stop()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function oneLine(ready: ReadyView, format: 'json' | 'yaml'): Promise<string> {
  return format === 'json' ? `${JSON.stringify(ready)}\n` : await serialise(ready, 'yaml')
}
