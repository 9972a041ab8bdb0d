import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { ActionIdentifierSchema, ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import {
  ActionAttemptSchema,
  type ActionDetails,
  ActionDetailsSchema,
  ActionType,
  ErrorInfo_Kind,
  RunDetailsSchema,
  RunSource,
} from '@tern/idl/workflow'
import { expect, test } from 'vitest'
import { plainColors } from '../io.ts'
import { actionDetailsText, actionsText } from './action-text.ts'
import { toActionDetailsView, toActionView } from './action-view.ts'
import { runDetailsText } from './run-text.ts'
import { toRunDetailsView } from './run-view.ts'

const startedAt = new Date('2026-01-31T12:00:00.250Z')
const endedAt = new Date('2026-01-31T12:00:04.250Z')
const style = { colors: plainColors, columns: 100, now: endedAt.getTime() + 60_000, timeZone: 'UTC' }

test('an action as JSON', () => {
  expect(toActionView(anAction())).toEqual({
    name: 'a0',
    run: 'r1',
    project: 'p',
    domain: 'd',
    parent: null,
    group: null,
    type: 'TASK',
    phase: 'FAILED',
    task: 'etl.main',
    taskVersion: 'v1',
    shortName: 'main',
    environment: 'etl',
    startedAt: '2026-01-31T12:00:00.250Z',
    endedAt: '2026-01-31T12:00:04.250Z',
    durationMs: 4000,
    attempts: 2,
    cache: 'MISS',
  })
})

test('details add why it failed, and its attempts', () => {
  const { error, abort, attemptDetails } = toActionDetailsView(anAction())
  expect(error).toEqual({ kind: 'user', message: 'BadRowError: row 4' })
  expect(abort).toBeNull()
  expect(attemptDetails).toEqual([
    {
      attempt: 1,
      phase: 'FAILED',
      startedAt: '2026-01-31T12:00:00.250Z',
      endedAt: null,
      durationMs: null,
      error: { kind: 'system', message: 'worker lost' },
      phases: [{ phase: 'QUEUED', startedAt: '2026-01-31T12:00:00.250Z', endedAt: '2026-01-31T12:00:04.250Z' }],
    },
    { attempt: 2, phase: 'FAILED', startedAt: null, endedAt: null, durationMs: null, error: null, phases: [] },
  ])
})

test('details for people show the error and the attempts', () => {
  const text = actionDetailsText(toActionDetailsView(anAction()), style)
  expect(text).toContain('Took     4.0s\n')
  expect(text).toContain('Started  2026-01-31T12:00:00.250Z (1m ago)\n')
  expect(text).toContain('Error\n  BadRowError: row 4\n')
  expect(text).toMatch(/1 {2}FAILED {2}1m ago .* worker lost/)
})

test('details say where a result is from, and what an action waits for', () => {
  const source = { run: { org: 'tern', project: 'p', domain: 'd', name: 'r0' }, name: 'c1' }
  const cached = anAction()
  cached.attempts = [
    create(ActionAttemptSchema, { cacheMetadata: { sourceActionAttempt: { actionId: source, attempt: 2 } } }),
  ]
  const place = { project: 'p', domain: 'd', run: 'r0', action: 'c1' }
  expect(toActionDetailsView(cached)).toMatchObject({ cachedFrom: { ...place, attempt: 2 }, recoveredFrom: null })
  expect(actionDetailsText(toActionDetailsView(cached), style)).toContain(
    'Cache    MISS from action c1 of run r0, attempt 2\n',
  )

  const recovered = anAction()
  recovered.metadata!.recoveredFrom = create(ActionIdentifierSchema, source)
  expect(toActionDetailsView(recovered)).toMatchObject({
    cachedFrom: null,
    recoveredFrom: { ...place, attempt: null },
    waitsFor: null,
  })

  const waiting = anAction()
  waiting.status!.phase = ActionPhase.WAITING_FOR_RESOURCES
  waiting.attempts = [
    create(ActionAttemptSchema, { clusterEvents: [{ message: 'before' }, { message: 'waiting for cpu' }] }),
  ]
  expect(actionDetailsText(toActionDetailsView(waiting), style)).toMatch(/^Waits +for cpu$/m)
})

test('actions for people form a tree', () => {
  const action = (name: string, parent: string) => ({ ...toActionView(anAction()), name, parent: parent || null })
  const text = actionsText([action('a0', ''), action('b', 'a0'), action('c', 'a0'), action('d', 'b')], style)
  const names = text
    .split('\n')
    .slice(1, -1)
    .map((line) => line.slice(0, 6))
  expect(names).toEqual(['a0    ', '  b   ', '    d ', '  c   '])
})

test('an action whose parent is not listed stands on its own', () => {
  expect(actionsText([{ ...toActionView(anAction()), name: 'x', parent: 'gone' }], style)).toMatch(/^ACTION.*\nx /)
})

test('a run shows the facts of its root action, labels and page', () => {
  const details = create(RunDetailsSchema, {
    action: anAction(),
    runSpec: { labels: { values: { team: 'data' } } },
  })
  const run = toRunDetailsView(details, ({ name }) => `http://console/${name}`)
  expect(run).toMatchObject({
    name: 'r1',
    labels: { team: 'data' },
    url: 'http://console/r1',
    source: 'CLI',
    startedBy: 'ada@example.com',
  })
  expect(runDetailsText(run, style)).toContain('Labels    team=data\n')
})

function anAction(): ActionDetails {
  return create(ActionDetailsSchema, {
    id: { name: 'a0', run: { org: 'tern', project: 'p', domain: 'd', name: 'r1' } },
    metadata: {
      actionType: ActionType.TASK,
      environmentName: 'etl',
      source: RunSource.CLI,
      executedBy: { principal: { case: 'user', value: { id: { subject: 's' }, spec: { email: 'ada@example.com' } } } },
      spec: {
        case: 'task',
        value: { id: { name: 'etl.main', version: 'v1' }, shortName: 'main', taskType: 'typescript' },
      },
    },
    status: {
      phase: ActionPhase.FAILED,
      startTime: timestampFromDate(startedAt),
      endTime: timestampFromDate(endedAt),
      attempts: 2,
      cacheStatus: CatalogCacheStatus.CACHE_MISS,
    },
    result: { case: 'errorInfo', value: { kind: ErrorInfo_Kind.USER, message: 'BadRowError: row 4' } },
    attempts: [
      {
        attempt: 1,
        phase: ActionPhase.FAILED,
        startTime: timestampFromDate(startedAt),
        errorInfo: { kind: ErrorInfo_Kind.SYSTEM, message: 'worker lost' },
        phaseTransitions: [
          { phase: ActionPhase.QUEUED, startTime: timestampFromDate(startedAt), endTime: timestampFromDate(endedAt) },
        ],
      },
      { attempt: 2, phase: ActionPhase.FAILED },
    ],
  })
}
