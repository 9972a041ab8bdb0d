import { readFileSync } from 'node:fs'
import { type JsonObject, type JsonValue, toJson } from '@bufbuild/protobuf'
import { InlineRuleListSchema, TaskSpecSchema, TaskTriggerSchema } from '@tern/idl/task'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { definitionOf } from '../src/authoring/task.ts'
import { toTaskSpec } from '../src/authoring/task-spec.ts'
import { toTaskTriggers } from '../src/authoring/task-triggers.ts'
import { toNotificationSettings } from '../src/authoring/notify.ts'
import type { Notification, Trigger, TaskEnvironmentOptions, TaskOptions } from '../src/index.ts'
import { notify, TaskEnvironment, triggeredArtifact, triggerTime } from '../src/index.ts'

// Made by test-data/make-task-specs.py with Flyte's own SDK.
const python = JSON.parse(
  readFileSync(new URL('../test-data/python-task-specs.json', import.meta.url), 'utf8'),
) as Record<'environments' | 'tasks' | 'triggers' | 'notifications', Record<string, JsonObject>>

const environments: Readonly<Record<string, Partial<TaskEnvironmentOptions>>> = {
  plain: {},
  interruptible: { interruptible: true },
  resources: { resources: { cpu: [1, 2], memory: '512Mi', gpu: 1, disk: '1Gi' } },
  noGpu: { resources: { gpu: 0 } },
  device: { resources: { gpu: 'A100:2', sharedMemory: 'auto' } },
  partition: { resources: { gpu: { type: 'A100', partition: '1g.5gb' }, sharedMemory: '1Gi' } },
  slice: { resources: { gpu: { type: 'V5P', partition: '2x2x1' } } },
  neuron: { resources: { gpu: 'Trn1' } },
  amd: { resources: { gpu: 'MI300X' } },
  gaudi: { resources: { gpu: 'Gaudi1' } },
  envVars: { envVars: { A: '1' } },
  secrets: { secrets: ['api-key', { key: 'token', group: 'db', envVar: 'DB' }] },
  secretFiles: { secrets: { key: 'cert', mount: '/etc/flyte/secrets' } },
  podTemplate: { podTemplate: 'big' },
  reusable: { reusable: { replicas: [1, 3], concurrency: 2, idleTtl: '60s', scaledownTtl: '45s', scope: 'run' } },
}

const tasks: Readonly<Record<string, Partial<TaskOptions>>> = {
  shortName: { shortName: 'Short' },
  retries: { retries: { count: 3, backoff: { base: '1m', factor: 2, cap: '3m' } } },
  timeout: { timeout: { maxRuntime: '1m', maxQueuedTime: '2m', deadline: '3m' } },
  cache: { cache: { version: '7', serialize: true, ignoredInputs: 'n' } },
  report: { report: true },
  links: { links: { name: 'board', uri: 'https://board.test/{{.actionName}}', iconUri: '/i.png' } },
  taskPodTemplate: { podTemplate: 'small' },
  notInterruptible: { interruptible: false },
}

const inputs = { at: z.date(), n: z.int() }
const day = new Date('2026-01-02T00:00:00Z')
const triggers: Readonly<Record<string, Trigger<typeof inputs>>> = {
  cron: {
    name: 'cron',
    schedule: '0 9 * * *',
    timezone: 'Europe/Berlin',
    description: 'each morning',
    inputs: { at: triggerTime, n: 2 },
    envVars: { A: '1' },
    labels: { l: '1' },
    annotations: { a: '1' },
    interruptible: false,
    overwriteCache: true,
    queue: 'slow',
    maxActionConcurrency: 4,
  },
  rate: { name: 'rate', every: '90m', startAt: day, inputs: { at: triggerTime, n: 3 }, autoActivate: false },
  artifact: {
    name: 'artifact',
    onArtifact: { name: 'model', version: 'v2' },
    inputs: { at: day, n: triggeredArtifact },
  },
}

const url = 'https://hooks.test/x'
const notifications: Readonly<Record<string, Notification>> = {
  email: notify.email({ on: 'failed', to: 'a@b.c', cc: ['d@e.f'], subject: 'S', text: 'T', html: '<b>H</b>' }),
  usualEmail: notify.email({ on: ['failed', 'timedOut'], to: ['a@b.c'] }),
  slack: notify.slack({ on: 'succeeded', url, message: 'M' }),
  blocks: notify.slack({ on: 'failed', url, blocks: [{ type: 'divider' }] }),
  teams: notify.teams({ on: 'aborted', url, title: 'T', message: 'M' }),
  card: notify.teams({ on: 'failed', url, card: { type: 'AdaptiveCard' } }),
  webhook: notify.webhook({ on: 'failed', url, method: 'PUT', headers: { A: 'b' }, body: { c: ['{{.Error}}'] } }),
  usualWebhook: notify.webhook({ on: 'failed', url }),
}

/** A task as the wire has it, without what depends on the language. */
function specOf(environment: Partial<TaskEnvironmentOptions>, options: Partial<TaskOptions>): JsonObject {
  const env = new TaskEnvironment({ name: 'same', image: 'python:3', ...environment })
  const task = env.task({ name: 'task', inputs: { n: z.int() }, ...options }, () => undefined)
  const location = { org: 'tern', project: 'p', domain: 'd', version: 'v1', bundleUri: '/b' }
  const spec = toJson(TaskSpecSchema, toTaskSpec(definitionOf(task), location)) as JsonObject
  const template = spec['taskTemplate'] as JsonObject
  remove(template, 'id', 'interface')
  remove(template['container'], 'args')
  remove(template['metadata'], 'runtime', 'codeBundleUri', ...(options.cache === undefined ? ['discoveryVersion'] : []))
  remove(template['custom'], 'version')
  // Of a file, Python leaves the variable unsaid.
  const { secrets = [] } = (template['securityContext'] ?? {}) as { secrets?: JsonObject[] }
  for (const secret of secrets) if (secret['mountRequirement'] === 'FILE') remove(secret, 'envVar')
  return spec
}

function remove(from: JsonValue | undefined, ...keys: readonly string[]): void {
  for (const key of keys) if (from !== undefined) delete (from as JsonObject)[key]
}

/** What we leave unsaid, or say in more words: whether it is interruptible, where nobody said so; nothing at all; no text. */
function expected(spec: JsonObject, isSaid: boolean): JsonObject {
  const template = spec['taskTemplate'] as JsonObject
  const { interruptible, ...metadata } = template['metadata'] as JsonObject
  return {
    ...spec,
    taskTemplate: {
      ...template,
      // The type names who runs it, which is not Flyte's actor here.
      type: 'typescript',
      container: { resources: {}, ...(template['container'] as JsonObject) },
      metadata: { ...metadata, ...(isSaid ? { interruptible: interruptible! } : {}) },
    },
    documentation: {},
  }
}

test.each(Object.entries(environments))('an environment with the option %s is that of Python', (name, options) => {
  const isSaid = options.interruptible !== undefined
  expect(specOf(options, {})).toEqual(expected(python.environments[name]!, isSaid))
})

test.each(Object.entries(tasks))('a task with the option %s is that of Python', (name, options) => {
  expect(specOf({}, options)).toEqual(expected(python.tasks[name]!, options.interruptible !== undefined))
})

test.each(Object.entries(triggers))('a trigger by %s is that of Python', async (name, trigger) => {
  const env = new TaskEnvironment({ name: 'same' })
  const task = env.task({ name: 'task', inputs, triggers: trigger }, () => undefined)
  const [made] = await toTaskTriggers(definitionOf(task))
  expect(toJson(TaskTriggerSchema, made!)).toEqual(python.triggers[name])
})

/** The same with bodies read, whose keys have no order, nor spaces a meaning. */
function readBodies(settings: JsonObject): JsonObject {
  const text = JSON.stringify(settings, (key, value: unknown) =>
    key === 'bodyTemplate' ? (JSON.parse(value as string) as unknown) : value,
  )
  return JSON.parse(text) as JsonObject
}

test.each(Object.entries(notifications))('the notification %s is that of Python', (name, notification) => {
  const settings = toNotificationSettings(notification)
  const rules = settings.case === 'notificationRules' ? toJson(InlineRuleListSchema, settings.value) : {}
  expect(readBodies(rules as JsonObject)).toEqual(readBodies(python.notifications[name]!))
})

test('Python has been asked about each of them', () => {
  expect(Object.keys(python.environments).toSorted()).toEqual(Object.keys(environments).toSorted())
  expect(Object.keys(python.tasks).toSorted()).toEqual(Object.keys(tasks).toSorted())
  expect(Object.keys(python.notifications).toSorted()).toEqual(Object.keys(notifications).toSorted())
  expect(Object.keys(python.triggers).toSorted()).toEqual(Object.keys(triggers).toSorted())
})
