import { renderDetails, renderSection } from '../output/details.ts'
import type { TextStyle } from '../output/print-result.ts'
import { renderTable } from '../output/table.ts'
import { ago } from './action-text.ts'
import type { PoolView, QueueView, ResourceView, ServerView, WaitView } from './status-view.ts'

/** What each server is busy with, for people. */
export function statusText(servers: readonly ServerView[], style: TextStyle): string {
  return servers.map((server) => serverText(server, style)).join('\n')
}

function serverText(server: ServerView, style: TextStyle): string {
  const { url, version, problem, startedAt, actions, runs } = server
  const { colors } = style
  if (problem !== null)
    return renderDetails(
      [
        ['Server', url ?? ''],
        ['Problem', colors.red(problem)],
      ],
      colors,
    )
  const facts = renderDetails(
    [
      ['Server', `${url === null ? 'Tern' : `${url}, Tern`} ${version}`],
      ['Started', startedAt === null ? undefined : `${startedAt} (${ago(startedAt, style)})`],
      ['Memory', `${formatBytes(server.memoryBytes)}, without workers`],
      ['Runs', String(runs)],
      ['Actions', `${actions.busy} run, ${actions.waiting} wait, ${actions.parents} wait for their children`],
    ],
    colors,
  )
  const parts = [
    ['Capacity', resourcesText(server.resources, style)],
    ['Queues', queuesText(server.queues, style)],
    ['Workers', poolsText(server.pools, style)],
    ['Waits', waitsText(server, style)],
  ] as const
  return facts + parts.map(([title, body]) => `\n${renderSection(title, body, colors)}`).join('')
}

function resourcesText(resources: readonly ResourceView[], style: TextStyle): string {
  return renderTable<ResourceView>(
    resources,
    [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'USED', value: ({ name, used }) => formatAmount(name, used), align: 'right' },
      { title: 'OF', value: ({ name, total }) => formatAmount(name, total), align: 'right' },
      {
        title: 'BY',
        value: ({ name, uses }) =>
          uses.map(({ task, actions, amount }) => `${actions} × ${task} (${formatAmount(name, amount)})`).join(', '),
        shrinks: true,
      },
    ],
    style,
  )
}

function queuesText(queues: readonly QueueView[], style: TextStyle): string {
  if (queues.length === 0) return 'None is set, and no action names one.\n'
  return renderTable<QueueView>(
    queues,
    [
      { title: 'NAME', value: ({ name }) => name ?? '(none)' },
      { title: 'BUSY', value: ({ busy }) => String(busy), align: 'right' },
      { title: 'LIMIT', value: ({ limit }) => (limit === null ? '-' : String(limit)), align: 'right' },
      { title: 'WAITING', value: ({ waiting }) => String(waiting), align: 'right' },
      { title: 'PRIORITY', value: ({ priority }) => String(priority), align: 'right' },
    ],
    style,
  )
}

function poolsText(pools: readonly PoolView[], style: TextStyle): string {
  const rows = pools.flatMap((pool) => pool.workers.map((worker) => ({ pool, worker })))
  if (rows.length === 0) return 'None runs.\n'
  return renderTable<(typeof rows)[number]>(
    rows,
    [
      { title: 'ENVIRONMENT', value: ({ pool }) => pool.environment ?? '', shrinks: true },
      { title: 'KIND', value: ({ pool }) => pool.kind },
      { title: 'PID', value: ({ worker }) => String(worker.pid), align: 'right' },
      { title: 'STATE', value: ({ worker }) => worker.state },
      { title: 'ATTEMPTS', value: ({ worker }) => String(worker.attempts), align: 'right' },
      { title: 'IDLE SINCE', value: ({ worker }) => ago(worker.idleSince, style) },
      {
        title: 'MEMORY',
        value: ({ worker }) => (worker.memoryBytes === null ? '' : formatBytes(worker.memoryBytes)),
        align: 'right',
      },
    ],
    style,
  )
}

function waitsText({ waits, more }: ServerView, style: TextStyle): string {
  if (waits.length === 0) return 'Nothing waits.\n'
  const rows = waits.flatMap((wait) => [
    { wait, text: waitWords(wait), count: String(wait.count), since: wait.oldestAt },
    ...wait.actions.map(({ run, action, name, since }) => ({
      wait,
      text: `  ${run}/${action} ${name}`,
      count: '',
      since,
    })),
  ])
  const table = renderTable<(typeof rows)[number]>(
    rows,
    [
      { title: 'WAITS FOR', value: ({ text }) => text, shrinks: true },
      { title: 'ACTIONS', value: ({ count }) => count, align: 'right' },
      { title: 'SINCE', value: ({ since }) => ago(since, style) },
    ],
    style,
  )
  return more.groups === 0 ? table : `${table}and ${more.actions} more actions, for ${more.groups} other things\n`
}

const words: Readonly<Record<string, string>> = {
  cache: 'a result that another action computes',
  signal: 'an answer',
  backoff: 'its next attempt',
  external: 'whoever executes it',
  start: 'nothing: it is about to begin',
}

function waitWords({ reason, subject }: WaitView): string {
  switch (reason) {
    case 'queue':
      return `a place in queue ${subject}`
    case 'run':
      return `a place in run ${subject}`
    case 'capacity':
      return subject ?? 'capacity'
    case 'launch_plan':
      return `other runs of launch plan ${subject}`
    case 'worker':
      return subject === null ? 'a worker' : `a worker of ${subject}`
    default:
      return words[reason] ?? reason
  }
}

function formatAmount(name: string, amount: number): string {
  return name === 'memory' ? formatBytes(amount) : String(amount)
}

function formatBytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
