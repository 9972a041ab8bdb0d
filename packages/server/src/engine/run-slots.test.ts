import { create, toBinary } from '@bufbuild/protobuf'
import { RunSpecSchema } from '@tern/idl/task'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aRun, aSpec, startEngine, type TestEngine } from './test/fixtures.ts'

let tern: TestEngine

beforeEach(async () => {
  tern = await startEngine()
})
afterEach(async () => {
  await tern.close()
})

const runSpec = toBinary(RunSpecSchema, create(RunSpecSchema, { maxActionConcurrency: 2 }))

function enqueue(parent: number, name: string): void {
  const inputs = { bytes: new Uint8Array() }
  tern.executor.host.enqueueChild(parent, { name, spec: aSpec('env.leaf'), inputs, group: '', cacheKey: '', queue: '' })
}

const started = (): string[] => tern.executor.attempts.map(({ action }) => action)

test('no more actions are busy than the run allows, and a waiting parent is not', async () => {
  await tern.engine.createRun(aRun({ runSpec }))
  const root = await tern.executor.attempt('a0')
  for (const name of ['c1', 'c2', 'c3']) enqueue(root.handle, name)
  await tern.executor.attempt('c2')
  expect(started()).toEqual(['a0', 'c1', 'c2'])
  const first = await tern.executor.attempt('c1')
  tern.executor.host.succeeded(first.handle, null, 1, 2)
  await tern.executor.attempt('c3')
})

test('nesting deeper than the limit comes to its end', async () => {
  await tern.engine.createRun(aRun({ runSpec }))
  const chain = ['a0', 'c1', 'c2', 'c3', 'c4']
  for (const [depth, name] of chain.entries()) {
    const attempt = await tern.executor.attempt(name)
    const child = chain[depth + 1]
    if (child !== undefined) enqueue(attempt.handle, child)
  }
  expect(started()).toEqual(chain)
})

test('what waits for its turn can be aborted, and does not start then', async () => {
  await tern.engine.createRun(aRun({ runSpec }))
  const root = await tern.executor.attempt('a0')
  for (const name of ['c1', 'c2', 'c3', 'c4']) enqueue(root.handle, name)
  const first = await tern.executor.attempt('c1')
  await tern.executor.attempt('c2')
  tern.executor.host.abortChild(root.handle, 'c3', 'not wanted')
  tern.executor.host.succeeded(first.handle, null, 1, 2)
  await tern.executor.attempt('c4')
  expect(started()).not.toContain('c3')
})
