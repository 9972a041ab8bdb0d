import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ownKeysOf } from './flags/resolve-options.ts'
import { createProgram } from './program.ts'
import { runCli } from './run-cli.ts'
import { memoryIo } from './test/memory-io.ts'
import { version } from './version.ts'

async function tern(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = memoryIo()
  const code = await runCli(args, io)
  return { code, ...io.written }
}

describe('help', () => {
  test.each([
    ['--help'],
    ['start', '--help'],
    ['run', '--help'],
    ['deploy', '--help'],
    ['get', '--help'],
    ['get', 'run', '--help'],
    ['abort', 'run', '--help'],
    ['create', 'project', '--help'],
    ['create', 'trigger', '--help'],
  ])('tern %s %s %s', async (...args) => {
    const { code, stdout, stderr } = await tern(...args.filter(Boolean))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Usage: tern /)
  })

  test('says what else sets a flag', async () => {
    const { stdout } = await tern('start', '--help')
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      '--data-dir <folder> where it keeps everything (default .tern; TERN_DATA_DIR)',
    )
  })
})

test('--version is that of the package', async () => {
  const { version: published } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  expect(version).toBe(published)
  expect(await tern('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

describe('misuse ends with 2 and says what was meant', () => {
  test.each([
    [['gte'], "error: unknown command 'gte'\nhint: Did you mean get?\n"],
    [['get', 'rnu'], "error: unknown command 'rnu'\nhint: Did you mean run?\n"],
    [['get', 'run', '--limt', '3'], "error: unknown option '--limt'\nhint: Did you mean --limit?\n"],
    [['get', 'action'], "error: missing required argument 'run'\nhint: See tern get action --help.\n"],
    [['get', 'run', '-o', 'xml'], /^error: option '-o, --output <format>' argument 'xml' is invalid\./],
    [['get', 'run', '--limit', '0'], /It must be a whole number, at least 1\.\nhint: See tern get run --help\.\n$/],
    [['get', 'run', '--in-phase', 'broken'], /There is no phase BROKEN/],
    [['start', '--port', '70000'], /It must be a port, 0 to 65535\./],
    [['start', '--lease', 'soon'], /^error: --lease/],
    [['start', '--stop-grace', '60d'], /^error: --stop-grace 60d is out of range/],
    [['start', '--domains', 'a,a'], 'error: --domains names a twice\n'],
    [['run'], /^error: tern run needs a file/],
    [['run', '--env', 'X', 'f.ts'], /It must be KEY=VALUE\./],
    [['rerun'], /^error: tern rerun needs the name of a run/],
    [['rerun', 'r1', '--force-rerun-action', 'x'], /^error: --force-rerun-action says what --recover/],
    [['rerun', 'r1', '--recover', '--action-name', 'x'], /^error: --recover is about a whole run/],
    [['get', 'task', 'main'], /^error: "main" is not the name of a deployed task/],
    [['get', 'io', 'r1', '--inputs-only', '--outputs-only'], /cannot be used with option/],
  ])('tern %j', async (args, message) => {
    const { code, stdout, stderr } = await tern(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    if (typeof message === 'string') expect(stderr).toBe(message)
    else expect(stderr).toMatch(message)
  })

  test('a command that is missing brings the help', async () => {
    const { code, stderr } = await tern('get')
    expect(code).toBe(2)
    expect(stderr).toContain('list runs, newest first')
  })
})

test('every flag with a variable has a key in the config file too', () => {
  const keys = [...ownKeysOf(createProgram(memoryIo()))].sort()
  expect(keys).toEqual([
    'tern.deploy.checkReferences',
    'tern.deploy.dryRun',
    'tern.deploy.version',
    'tern.get.action.inPhase',
    'tern.get.action.limit',
    'tern.get.artifact.limit',
    'tern.get.condition.limit',
    'tern.get.launchPlan.limit',
    'tern.get.project.limit',
    'tern.get.run.inPhase',
    'tern.get.run.limit',
    'tern.get.run.taskName',
    'tern.get.secret.limit',
    'tern.get.status.actions',
    'tern.get.status.group',
    'tern.get.task.limit',
    'tern.get.trigger.limit',
    'tern.launch.follow',
    'tern.launch.maxActionConcurrency',
    'tern.launch.overwriteCache',
    'tern.launch.queue',
    'tern.launch.tui',
    'tern.output',
    'tern.rerun.follow',
    'tern.rerun.maxActionConcurrency',
    'tern.rerun.overwriteCache',
    'tern.rerun.queue',
    'tern.run.follow',
    'tern.run.local',
    'tern.run.maxActionConcurrency',
    'tern.run.overwriteCache',
    'tern.run.queue',
    'tern.run.tui',
    'tern.start.abortGrace',
    'tern.start.advertiseUrl',
    'tern.start.allowOrigin',
    'tern.start.capacity',
    'tern.start.dataDir',
    'tern.start.database',
    'tern.start.defaultDeadline',
    'tern.start.defaultMaxQueuedTime',
    'tern.start.defaultMaxRuntime',
    'tern.start.domains',
    'tern.start.host',
    'tern.start.image',
    'tern.start.insecure',
    'tern.start.keepCache',
    'tern.start.keepEnvironments',
    'tern.start.keepRuns',
    'tern.start.lease',
    'tern.start.logLevel',
    'tern.start.maxEnvironments',
    'tern.start.maxWorkers',
    'tern.start.port',
    'tern.start.python',
    'tern.start.queue',
    'tern.start.secretKeyFile',
    'tern.start.smtpFrom',
    'tern.start.smtpUrl',
    'tern.start.stopGrace',
    'tern.start.storage',
    'tern.start.systemRetries',
    'tern.start.warmPython',
    'tern.start.workerIdle',
    'tern.verbose',
  ])
})
