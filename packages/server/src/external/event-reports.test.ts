import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import { ActionEventSchema, ActionStatusSchema, ErrorInfo_Kind, ErrorInfoSchema } from '@tern/idl/workflow'
import { describe, expect, test } from 'vitest'
import { toFailure, toReports, toStatusReport } from './event-reports.ts'

const { UNSPECIFIED, QUEUED, WAITING_FOR_RESOURCES, RUNNING, SUCCEEDED, FAILED, TIMED_OUT } = ActionPhase
const context = { attempt: 3, retries: 1, isPaused: false, now: 1000 }

const at = (ms: number) => ({ updatedTime: timestampFromMs(ms), reportedTime: timestampFromMs(ms) })
const anEvent = (phase: ActionPhase, ms: number, rest = {}) =>
  create(ActionEventSchema, { attempt: 1, phase, ...at(ms), ...rest })

describe('events', () => {
  test('come to one report for each phase of each attempt, in order', () => {
    const events = [
      anEvent(RUNNING, 50, { attempt: 2 }),
      anEvent(RUNNING, 30),
      anEvent(RUNNING, 35, { version: 1, cacheStatus: CatalogCacheStatus.CACHE_MISS }),
      anEvent(WAITING_FOR_RESOURCES, 20),
      anEvent(QUEUED, 10),
      anEvent(UNSPECIFIED, 12),
    ]
    expect(toReports(events, context)).toEqual([
      { attempt: 1, phase: QUEUED, at: 10, cacheStatus: 0 },
      { attempt: 1, phase: WAITING_FOR_RESOURCES, at: 20, cacheStatus: 0 },
      { attempt: 1, phase: RUNNING, at: 30, cacheStatus: CatalogCacheStatus.CACHE_MISS },
      { attempt: 2, phase: RUNNING, at: 50, cacheStatus: 0 },
    ])
  })

  test('of a failure end the action when the task has no retries left', () => {
    const events = [1, 2, 3].flatMap((attempt) => [
      anEvent(FAILED, attempt, { attempt }),
      anEvent(TIMED_OUT, attempt, { attempt }),
    ])
    expect(toReports(events, context).map(({ attempt, isFinal }) => [attempt, isFinal])).toEqual([
      [1, false],
      [1, false],
      [2, true],
      [2, true],
      [3, true],
      [3, true],
    ])
  })

  test('of a success say where its outputs are, if they do', () => {
    const outputs = { outputUri: 's3://b/outputs.pb' }
    expect(toReports([anEvent(SUCCEEDED, 1, { outputs })], context)).toMatchObject([
      { outputs: { uri: outputs.outputUri } },
    ])
    expect(toReports([anEvent(SUCCEEDED, 1)], context)[0]).not.toHaveProperty('outputs')
    expect(toReports([anEvent(FAILED, 1, { outputs })], context)[0]).not.toHaveProperty('outputs')
  })

  test('cannot be of the future, and are of now when they do not say', () => {
    expect(toReports([anEvent(RUNNING, 5000)], context)[0]?.at).toBe(1000)
    expect(toReports([create(ActionEventSchema, { attempt: 1, phase: RUNNING })], context)[0]?.at).toBe(1000)
  })
})

describe('a status', () => {
  const aStatus = (phase: ActionPhase, rest = {}) => create(ActionStatusSchema, { phase, ...rest })

  test('is about the action, and the current attempt when it names none', () => {
    const cacheStatus = CatalogCacheStatus.CACHE_HIT
    expect(toStatusReport(aStatus(RUNNING, { attempts: 4, cacheStatus }), context)).toEqual({
      attempt: 4,
      phase: RUNNING,
      at: 1000,
      cacheStatus,
    })
    expect(toStatusReport(aStatus(RUNNING, { cacheStatus }), context)).toEqual({ attempt: 3, phase: RUNNING, at: 1000 })
    expect(toStatusReport(aStatus(UNSPECIFIED, { attempts: 4 }), context)).toBeUndefined()
  })

  test('of an end has its time', () => {
    const endTime = timestampFromMs(700)
    expect(toStatusReport(aStatus(SUCCEEDED, { endTime }), context)?.at).toBe(700)
    expect(toStatusReport(aStatus(SUCCEEDED), context)?.at).toBe(1000)
    expect(toStatusReport(aStatus(RUNNING, { endTime }), context)?.at).toBe(1000)
  })
})

test('a failure has the code that its message begins with', () => {
  const failureOf = (message: string, kind: ErrorInfo_Kind = ErrorInfo_Kind.USER) =>
    toFailure(create(ErrorInfoSchema, { message, kind }))
  expect(failureOf('OOMKilled: too much')).toMatchObject({
    code: 'OOMKilled',
    message: 'OOMKilled: too much',
    kind: 'user',
  })
  expect(failureOf('it broke: badly', ErrorInfo_Kind.SYSTEM)).toMatchObject({ code: '', kind: 'system' })
  expect(toFailure(undefined)).toMatchObject({ code: '', message: '', kind: 'user' })
})
