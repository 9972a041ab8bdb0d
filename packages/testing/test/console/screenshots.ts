import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SettingValue, writeSettings } from '@tern/core/settings'
import { configure, run } from '@tern/sdk'
import { createClient, type TernClient } from '@tern/sdk/client'
import { ServerProcess } from '@tern/test-support/server-process'
import type { Page } from 'playwright-core'
import { launchBrowser, openPage, sizes } from './browser.ts'
import { startLoad } from './console-load.ts'
import { fan } from './console-tasks.ts'
import { brew } from './console-workflow.ts'
import { makeDeployedShots } from './screenshots-of-deployed.ts'
import { makeListShots } from './screenshots-of-lists.ts'
import { makeTaskShots } from './screenshots-of-tasks.ts'

// Pictures of the console for docs/console: each page in both themes, on a desktop and on a phone.
//   node -C @tern/source packages/testing/test/console/screenshots.ts [NAME…]

export interface Shot {
  readonly name: string
  /** From the server's address. */
  readonly path: string
  /** What has to be there first. */
  readonly ready: (page: Page) => Promise<unknown>
}

const root = join(import.meta.dirname, '../../../..')
const folder = join(root, 'docs/console')
const tern = join(root, 'packages/cli/bin/tern.mjs')
const wanted = process.argv.slice(2)

const dataDir = await mkdtemp(join(tmpdir(), 'tern-screenshots-'))
const args = ['--queue', 'gpu=1:5', '--queue', 'nightly=4', '--capacity', 'cpu=6,memory=16Gi,gpu=1']
// The sources, if this is run from the sources.
const server = await ServerProcess.start({ dataDir, args, nodeOptions: process.execArgv })
const browser = await launchBrowser()
try {
  mkdirSync(folder, { recursive: true })
  const shots = (await makeShots()).filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  for (const shot of shots) {
    for (const theme of ['light', 'dark'] as const) {
      for (const size of ['desktop', 'phone'] as const) await take(shot, theme, size)
    }
  }
} finally {
  await browser.close()
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
}

async function makeShots(): Promise<ReadonlyArray<Shot>> {
  configure({ endpoint: server.url })
  const failed = example('etl-with-failure.ts')
  const weather = example('weather.ts')
  const approval = example('approval.ts', '--detach')
  const workflow = await run(brew, { cups: 2 })
  await workflow.wait()
  const path = (name: string, search = '') => `/v2/domain/development/project/flytesnacks/runs/${name}${search}`
  const row = (name: string) => (page: Page) => page.getByRole('treeitem', { name }).first().waitFor()
  return [
    {
      name: 'run',
      path: path(failed, '?a=a0'),
      ready: (page) =>
        page
          .getByText(/etl-with-failure\.ts:\d+/)
          .first()
          .waitFor(),
    },
    { name: 'run-tree', path: path(weather), ready: (page) => row('months')(page) },
    {
      name: 'run-timeline',
      path: path(weather, '?view=timeline'),
      ready: (page) =>
        page
          .getByTitle(/^Attempt 1: running/)
          .first()
          .waitFor(),
    },
    {
      name: 'run-graph',
      path: path(workflow.name, '?view=graph'),
      ready: (page) => page.getByText('2 of 2').waitFor(),
    },
    {
      name: 'run-question',
      path: path(approval, `?q=release&a=${await conditionOf(approval)}`),
      ready: (page) => page.locator('aside strong').waitFor(),
    },
    ...(await makeTaskShots(createClient({ endpoint: server.url }), failed)),
    ...(await makeDeployedShots(createClient({ endpoint: server.url }))),
    ...(await makeListShots(createClient({ endpoint: server.url }))),
    ...(await makeServerShots()),
  ]
}

/** Of what is not about one run. */
async function makeServerShots(): Promise<ReadonlyArray<Shot>> {
  const client = createClient({ endpoint: server.url })
  const place = '/v2/domain/development/project/flytesnacks'
  const [before, after] = [await runFan(12, 'data'), await runFan(16, 'ml')]
  // First: later there are no processes left for it.
  await startLoad(client, { task: 'etl.flaky', runs: 2, script: 'exit 1', backoffMs: 3_600_000 })
  await whileBusy(client)
  await startLoad(client, { task: 'vision.train', runs: 4, queue: 'gpu', cpu: '2', memory: '6Gi' })
  await startLoad(client, { task: 'etl.import_day', runs: 9, queue: 'nightly', cpu: '500m', memory: '1Gi' })
  await client.settings.save({}, toSettings({ 'run.default_queue': 'nightly', labels: { team: 'platform' } }), 0n)
  const own = { 'run.max_action_concurrency': 200, labels: { 'cost-centre': 'vision' }, 'storage.raw_data_path': null }
  await client.settings.save({ project: 'flytesnacks', domain: 'development' }, toSettings(own), 0n)
  return [
    {
      name: 'queues',
      path: `${place}/queues`,
      ready: async (page) => {
        await page.getByText('A place in queue gpu').waitFor()
        await page.getByText('The next attempt').waitFor()
      },
    },
    { name: 'settings', path: `${place}/settings`, ready: (page) => page.getByText('cost-centre=vision').waitFor() },
    {
      name: 'compare',
      path: `${place}/runs/${after}/compare?with=${before}&open=a0,a0%252Fdoubles`,
      ready: (page) => page.getByRole('button', { name: 'Fold doubles' }).waitFor(),
    },
  ]
}

async function whileBusy(client: TernClient): Promise<void> {
  for (;;) {
    const [own] = await client.status.read()
    if (own?.busyActions === 0 && own.waits.every(({ key }) => key === 'backoff' || key === 'signal')) return
  }
}

async function runFan(width: number, team: string): Promise<string> {
  const started = await run(fan, { width }, { labels: { team } })
  await started.wait()
  return started.name
}

function toSettings(values: Readonly<Record<string, SettingValue>>) {
  return writeSettings(new Map(Object.entries(values)), undefined)
}

/** Runs the main task of an example. @returns the run's name */
function example(file: string, ...flags: ReadonlyArray<string>): string {
  const follow = flags.includes('--detach') ? [] : ['--follow']
  const args = [tern, 'run', `examples/${file}`, 'main', ...follow, '-o', 'json', '--endpoint', server.url]
  try {
    return nameIn(
      execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    )
  } catch (error) {
    // A run that fails is a picture as well.
    return nameIn((error as { stdout: string }).stdout)
  }
}

function nameIn(json: string): string {
  return (JSON.parse(json) as { name: string }).name
}

/** The name of the action that a run waits for. */
async function conditionOf(name: string): Promise<string> {
  for (;;) {
    const args = [tern, 'get', 'action', name, '--in-phase', 'paused', '-o', 'json', '--endpoint', server.url]
    const [found] = JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })) as {
      name: string
    }[]
    if (found !== undefined) return found.name
  }
}

async function take({ name, path, ready }: Shot, theme: 'light' | 'dark', size: keyof typeof sizes): Promise<void> {
  const { page } = await openPage(browser, server.url + path, {
    colorScheme: theme,
    viewport: sizes[size],
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    locale: 'en-GB',
  })
  await ready(page)
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })
  await page.screenshot({ path: join(folder, `${name}-${theme}-${size}.png`), animations: 'disabled' })
  await page.context().close()
}
