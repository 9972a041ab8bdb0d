import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DataValidationError } from '@tern/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Checkpoint } from './checkpoint.ts'
import { ctx } from './context.ts'
import { run } from './run.ts'
import { TaskEnvironment } from './task-environment.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-checkpoint-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (attempt: number): Checkpoint =>
  new Checkpoint({ attempt, folderOf: (number) => join(folder, 'a0', String(number)) })
const placeOf = (attempt: number): string => join(folder, 'a0', String(attempt), '_flytecheckpoints')

function newFolder(name: string): string {
  const path = join(folder, name)
  mkdirSync(join(path, 'deep'), { recursive: true })
  writeFileSync(join(path, 'top.txt'), 'top')
  writeFileSync(join(path, 'deep', 'below.txt'), 'below')
  return path
}

describe('a checkpoint', () => {
  test('F-6, DK-2: is what the last attempt that saved has saved last', async () => {
    expect(await at(1).load()).toBeUndefined()
    await at(1).save('one')
    await at(2).save('half')
    await at(2).saveJson({ step: 2 })
    expect(await at(3).loadJson()).toEqual({ step: 2 })
    expect(await at(5).loadText()).toBe('{"step":2}')
    expect(await at(2).load()).toEqual(Buffer.from('one'))
    expect(await at(1).load()).toBeUndefined()
    expect(readFileSync(placeOf(2), 'utf8')).toBe('{"step":2}')
  })

  test('that is empty counts for nothing', async () => {
    await at(1).save('one')
    await at(2).save('')
    expect(await at(3).loadText()).toBe('one')
  })

  test('of a folder comes back as one, and is an archive as others make it', async () => {
    await at(1).saveDir(newFolder('work'))
    const names = execFileSync('tar', ['tzf', placeOf(1)])
      .toString()
      .split('\n')
      .filter(Boolean)
    expect(names.map((name) => name.replace(/^\.\/|\/$/g, '')).toSorted()).toEqual([
      'deep',
      'deep/below.txt',
      'top.txt',
    ])
    const loaded = (await at(2).loadDir())!
    expect(readFileSync(join(loaded, 'deep', 'below.txt'), 'utf8')).toBe('below')
    rmSync(loaded, { recursive: true })
  })

  test('that another language has archived is read', async () => {
    const work = newFolder('work')
    mkdirSync(join(folder, 'a0', '1'), { recursive: true })
    execFileSync('tar', ['czf', placeOf(1), '-C', work, 'deep', 'top.txt'])
    const into = join(folder, 'into')
    mkdirSync(into)
    expect(await at(2).loadDir(into)).toBe(into)
    expect(readFileSync(join(into, 'top.txt'), 'utf8')).toBe('top')
  })

  test.each([
    ['bytes', Buffer.from([1, 2, 3])],
    ['what is zipped and no archive', gzipSync('x'.repeat(2000))],
    ['what looks zipped', Buffer.from([0x1f, 0x8b, 0])],
  ])('of %s is the payload of a folder', async (_, bytes) => {
    await at(1).save(bytes)
    const loaded = (await at(2).loadDir())!
    expect(readFileSync(join(loaded, 'payload'))).toEqual(bytes)
    rmSync(loaded, { recursive: true })
  })

  test('of an empty folder is one', async () => {
    const work = join(folder, 'work')
    mkdirSync(work)
    await at(1).saveDir(work)
    const loaded = (await at(2).loadDir())!
    expect(execFileSync('ls', ['-A', loaded]).toString()).toBe('')
    rmSync(loaded, { recursive: true })
  })

  test('is refused where it has no JSON', async () => {
    await expect(at(1).saveJson(undefined)).rejects.toThrow(DataValidationError)
    await at(1).save('{')
    await expect(at(2).loadJson()).rejects.toThrow('no JSON')
  })
})

const env = new TaskEnvironment({ name: 'checkpoints' })
const count = env.task({ name: 'count', output: z.array(z.int()), retries: 3 }, async (_, { checkpoint, attempt }) => {
  const done = (await checkpoint.loadJson<number[]>()) ?? []
  await ctx()!.checkpoint.saveJson([...done, attempt])
  if (attempt < 3) throw new Error('not yet')
  return done
})

test('a local run hands it on from attempt to attempt', async () => {
  expect(await (await run.local(count)).outputs()).toEqual([1, 2])
})

test('a plain call has none, and keeps none', async () => {
  const keep = env.task({ name: 'keep', output: z.boolean() }, async (_, { checkpoint }) => {
    await checkpoint.save('x')
    return (await checkpoint.load()) === undefined
  })
  expect(await keep()).toBe(true)
})
