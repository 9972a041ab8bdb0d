import { fromLiteral } from '@tern/core'
import type { TaskMetadata, TaskTemplate } from '@tern/idl/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type AnyTask, definitionOf } from './task.ts'
import { TaskEnvironment } from './task-environment.ts'
import { toTaskSpec } from './task-spec.ts'

const location = { org: 'tern', project: 'p', domain: 'd', version: 'v1', bundleUri: '/b/x.mjs' }

function specOf(task: AnyTask) {
  const spec = toTaskSpec(definitionOf(task), location)
  const template = spec.taskTemplate as TaskTemplate
  return { spec, template, metadata: template.metadata as TaskMetadata }
}

const env = new TaskEnvironment({
  name: 'spec',
  description: 'for tests',
  resources: { cpu: 1, memory: ['512Mi', '1Gi'] },
  envVars: { A: '1', B: '2' },
  secrets: ['api-key', { key: 'token', group: 'db' }],
  cache: 'auto',
  queue: 'slow',
  interruptible: true,
})

const full = env.task(
  {
    name: 'full',
    inputs: { x: z.int().describe('how many'), label: z.string().default('a'), note: z.string().optional() },
    output: z.number().describe('the mean'),
    shortName: 'Full',
    docs: { short: 'Does it.', long: 'At length.' },
    retries: { count: 3, backoff: { base: '1s', factor: 2, cap: '10s' }, on: 'recoverable' },
    timeout: { maxRuntime: '5m', deadline: '1h' },
    cache: { version: '7', ignoredInputs: ['label'], serialize: true },
  },
  ({ x }) => x,
)

const plain = env.task({ name: 'plain' }, () => undefined)

describe('a task on the wire', () => {
  test('V-1: has its identity, type and code', () => {
    const { template, metadata } = specOf(full)
    expect(template.id).toMatchObject({ org: 'tern', project: 'p', domain: 'd', name: 'spec.full', version: 'v1' })
    expect(template.type).toBe('typescript')
    expect(metadata.runtime).toMatchObject({ type: 1, flavor: 'typescript' })
    expect(metadata.codeBundleUri).toBe('/b/x.mjs')
    expect(template.target).toMatchObject({
      case: 'container',
      value: { image: 'tern/node', args: ['tern-worker', '--bundle', '/b/x.mjs', '--task', 'spec.full'] },
    })
  })

  test('V-2, I-1, I-9, I-12: has its interface, in the order of names, with descriptions', () => {
    const variables = specOf(full).template.interface?.inputs?.variables ?? []
    expect(variables.map(({ key, value }) => [key, value?.description])).toEqual([
      ['label', ''],
      ['note', ''],
      ['x', 'how many'],
    ])
    expect(specOf(full).template.interface?.outputs?.variables[0]).toMatchObject({
      key: 'o0',
      value: { description: 'the mean' },
    })
  })

  test('I-8: has the defaults of its inputs', () => {
    const defaults = specOf(full).spec.defaultInputs.map(({ name, parameter }) => [
      name,
      parameter?.behavior.case === 'default' ? fromLiteral(parameter.behavior.value) : 'none',
    ])
    expect(defaults).toEqual([
      ['label', 'a'],
      ['note', null],
    ])
  })

  test('T-6: has its policies', () => {
    const { metadata, template } = specOf(full)
    expect(metadata.retries).toMatchObject({
      retries: 3,
      backoff: { base: { seconds: 1n }, factor: 2, cap: { seconds: 10n } },
    })
    expect(metadata.timeout).toMatchObject({ seconds: 300n })
    expect(metadata.timeouts).toMatchObject({ deadline: { seconds: 3600n } })
    expect(metadata).toMatchObject({
      discoverable: true,
      discoveryVersion: '7',
      cacheSerializable: true,
      cacheIgnoreInputVars: ['label'],
    })
    expect(template.config).toEqual({ queue: 'slow', 'retry-on': 'recoverable' })
  })

  test('RS-1, BUG-21: has what its environment gives', () => {
    const { spec, template, metadata } = specOf(plain)
    expect(metadata).toMatchObject({
      discoverable: true,
      interruptibleValue: { case: 'interruptible', value: true },
    })
    expect(metadata.discoveryVersion).toMatch(/^[0-9a-f]{64}$/)
    expect(template.target.case === 'container' && template.target.value).toMatchObject({
      env: [
        { key: 'A', value: '1' },
        { key: 'B', value: '2' },
      ],
      resources: {
        requests: [
          { name: 1, value: '1' },
          { name: 3, value: '512Mi' },
        ],
        limits: [{ name: 3, value: '1Gi' }],
      },
    })
    expect(template.securityContext?.secrets).toMatchObject([
      { key: 'api-key', envVar: 'API_KEY' },
      { key: 'token', group: 'db', envVar: 'DB_TOKEN' },
    ])
    expect(spec.environment).toMatchObject({ name: 'spec', description: 'for tests' })
    expect(spec.shortName).toBe('plain')
  })
})

describe('override', () => {
  test('replaces the whole of what it is given', () => {
    const { template } = specOf(plain.override({ envVars: { C: '3' }, resources: { cpu: '500m' } }))
    expect(template.target.case === 'container' && template.target.value).toMatchObject({
      env: [{ key: 'C', value: '3' }],
      resources: { requests: [{ name: 1, value: '500m' }], limits: [] },
    })
  })

  test('can take everything back', () => {
    const bare = full.override({
      retries: 0,
      timeout: 0,
      envVars: {},
      secrets: [],
      resources: {},
      cache: 'disable',
      queue: '',
      interruptible: false,
    })
    const { template, metadata } = specOf(bare)
    expect(metadata.retries).toMatchObject({ retries: 0 })
    expect(metadata).toMatchObject({
      discoverable: false,
      interruptibleValue: { value: false },
    })
    // No limit, also where the server has one for those that do not say.
    expect([metadata.timeout, metadata.timeouts]).toMatchObject([{ seconds: 0n, nanos: 0 }, undefined])
    expect(template.config).toEqual({})
    expect(template.securityContext).toBeUndefined()
    expect(template.target.case === 'container' && template.target.value.env).toEqual([])
  })

  test('says what becomes of attempts that run too long', () => {
    const given = specOf(full.override({ retries: { count: 2, onTimeout: false } }))
    expect(given.template.config).toMatchObject({ 'retry-on-timeout': 'false' })
    const unset = specOf(plain).metadata
    expect([unset.timeout, unset.timeouts]).toEqual([undefined, undefined])
    const limits = { maxQueuedTime: '3s', deadline: 0 } as const
    expect(specOf(plain.override({ timeout: limits })).metadata).toMatchObject({
      timeouts: { queuedTimeout: { seconds: 3n }, deadline: { seconds: 0n, nanos: 0 } },
    })
  })

  test('keeps what it is not given, or given as undefined', () => {
    const { metadata, spec } = specOf(full.override({ shortName: 'Other', retries: undefined }))
    expect(spec.shortName).toBe('Other')
    expect(metadata.retries?.retries).toBe(3)
  })

  test('leaves the task itself as it was, and may be repeated', () => {
    const twice = full.override({ retries: 1 }).override({ timeout: '1s' })
    expect(specOf(twice).metadata).toMatchObject({ retries: { retries: 1 }, timeout: { seconds: 1n } })
    expect(specOf(full).metadata.retries?.retries).toBe(3)
  })

  test('gives the same task for the same options, so that loops cost nothing', () => {
    expect(full.override({ retries: 1 })).toBe(full.override({ retries: 1 }))
  })

  test.each(['name', 'image', 'docs', 'interface', 'inputs'])('refuses %s', (key) => {
    expect(() => full.override({ [key]: 'x' })).toThrow(`task spec.full: ${key} cannot be overridden`)
  })

  test('refuses what it does not know', () => {
    expect(() => full.override({ retry: 1 } as object)).toThrow('unknown option "retry"')
  })
})
