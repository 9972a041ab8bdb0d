import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { create } from '@bufbuild/protobuf'
import { literalTypes, toLiteral, typedInterface } from '@tern/core'
import { Filter_Function } from '@tern/idl/common'
import { InputsSchema, TaskSpecSchema, TaskTriggerSchema, TriggerAutomationSpecType } from '@tern/idl/task'
import { ServerProcess } from '@tern/test-support/server-process'
import type { Benchmark } from './benchmark.ts'
import { type Clients, createClients } from './clients.ts'
import { openDatabase } from './database.ts'
import { statsOf } from './process-stats.ts'
import { profilingOptions } from './profiling.ts'
import { Latencies } from './store/latencies.ts'
import { rounded } from './summary.ts'

const place = { project: 'flytesnacks', domain: 'development' }
const minuteMs = 60_000
const triggersPerTask = 100
const budgets = { idle_core_percent: 1, late_max_ms: 1000, start_seconds: 1 }

/** What many active triggers cost a server, and how late they fire: hourly ones, as many in each minute. */
export const scheduleBenchmark: Benchmark = {
  summary: 'active hourly triggers, spread over the minutes: what they cost while none is due, and how late they fire',
  parameters: { triggers: 10_000, minutes: 3 },
  async measure({ triggers = 0, minutes = 0 }, { database: choice, profiling }) {
    const dataDir = mkdtempSync(join(tmpdir(), 'tern-bench-'))
    const database = await openDatabase(choice)
    const nodeOptions = profilingOptions(profiling, 'server')
    const start = () => ServerProcess.start({ dataDir, database: database.url, nodeOptions })
    let server = await start()
    try {
      await deployAll(createClients(server.url), triggers)
      await server.stop()
      const begin = performance.now()
      server = await start()
      const startSeconds = (performance.now() - begin) / 1000
      // It still reads the triggers, and what begins to run is still compiled.
      await sleep(10_000)
      const idleShares: number[] = []
      const burstSeconds: number[] = []
      const late = new Latencies()
      for (let minute = 0; minute < minutes; minute++) {
        idleShares.push(await idleShare(server.pid))
        const before = statsOf(server.pid)?.cpuSeconds ?? 0
        for (const ms of await firingsOfNextMinute(createClients(server.url))) late.add(ms)
        burstSeconds.push((statsOf(server.pid)?.cpuSeconds ?? 0) - before)
      }
      const idle = Math.max(...idleShares)
      return {
        start_seconds: rounded(startSeconds),
        idle_core_percent: idleShares.map((share) => rounded(100 * share)),
        // Of each minute's firings, and of listing them.
        burst_cpu_seconds: burstSeconds.map(rounded),
        late: late.summary(),
        server_rss_mib: Math.round(statsOf(server.pid)?.rssMib ?? 0),
        within_budget:
          100 * idle < budgets.idle_core_percent &&
          late.percentile(1) <= budgets.late_max_ms &&
          late.count >= Math.floor(triggers / 60) * minutes &&
          startSeconds <= budgets.start_seconds,
      }
    } finally {
      await server.stop()
      await database.close()
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
}

async function deployAll({ tasks }: Clients, count: number): Promise<void> {
  for (let first = 0; first < count; first += triggersPerTask) {
    const name = `bench.task${first / triggersPerTask}`
    await tasks.deployTask({
      taskId: { ...place, name, version: 'v1' },
      spec: aSleep(name),
      triggers: Array.from({ length: Math.min(triggersPerTask, count - first) }, (_, index) => aTrigger(first + index)),
    })
  }
}

/** The task `core-sleep`, which ends at once: what is measured is the way there. */
function aSleep(name: string) {
  return create(TaskSpecSchema, {
    taskTemplate: {
      id: { ...place, name, version: 'v1' },
      type: 'core-sleep',
      metadata: { runtime: { version: '0.1.0', flavor: 'typescript' } },
      interface: typedInterface({ inputs: { duration: literalTypes.duration() }, outputs: {} }),
    },
    shortName: name,
  })
}

function aTrigger(index: number) {
  const literal = { name: 'duration', value: toLiteral('0s', literalTypes.duration()) }
  const cron = { expression: `${index % 60} * * * *`, timezone: ['UTC', 'Europe/Berlin', 'Asia/Kolkata'][index % 3]! }
  return create(TaskTriggerSchema, {
    name: `t${index}`,
    spec: { active: true, inputWrapper: { case: 'inputs', value: create(InputsSchema, { literals: [literal] }) } },
    automationSpec: {
      type: TriggerAutomationSpecType.TYPE_SCHEDULE,
      automation: {
        case: 'schedule',
        value: { expression: { case: 'cron', value: cron }, kickoffTimeInputArg: '' },
      },
    },
  })
}

/** The share of one processor that the server takes from 20 seconds after a full minute until shortly before the next. */
async function idleShare(pid: number): Promise<number> {
  const thisMinute = nextMinute() - minuteMs + 20_000
  await sleepUntil(Date.now() < thisMinute ? thisMinute : thisMinute + minuteMs)
  const [begin, before] = [Date.now(), statsOf(pid)?.cpuSeconds ?? 0]
  await sleepUntil(nextMinute() - 3000)
  return ((statsOf(pid)?.cpuSeconds ?? 0) - before) / ((Date.now() - begin) / 1000)
}

/** How late the runs of the next full minute were created, in milliseconds. */
async function firingsOfNextMinute({ runs }: Clients): Promise<ReadonlyArray<number>> {
  const at = nextMinute()
  await sleepUntil(at + 15_000)
  const late: number[] = []
  const since = {
    field: 'created_at',
    function: Filter_Function.GREATER_THAN_OR_EQUAL,
    values: [new Date(at).toISOString()],
  }
  for (let token = ''; ; ) {
    const scopeBy = { case: 'projectId', value: { name: place.project, domain: place.domain } } as const
    const page = await runs.listRuns({ scopeBy, request: { limit: 200, token, filters: [since] } })
    for (const { action } of page.runs) {
      const created = action?.status?.startTime
      late.push(Number(created?.seconds) * 1000 + (created?.nanos ?? 0) / 1e6 - at)
    }
    token = page.token
    if (token === '') return late
  }
}

function nextMinute(): number {
  return (Math.floor(Date.now() / minuteMs) + 1) * minuteMs
}

async function sleepUntil(time: number): Promise<void> {
  await sleep(Math.max(0, time - Date.now()))
}
