import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ActionPhase } from '@tern/idl/common'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FlyteProject } from '@tern/test-support/flyte-project'
import { isAlive } from './processes.ts'

describe.each([
  ['forked', 'true'],
  ['fresh', 'false'],
])('a Python task as a %s process', (kind, warm) => {
  let project: FlyteProject

  beforeAll(async () => {
    process.env['TERN_WARM_PYTHON'] = warm
    project = await FlyteProject.start({ files: join(import.meta.dirname, 'python-processes') })
    await project.flyte('deploy', 'processes.py', 'env')
  }, 300_000)
  afterAll(async () => {
    delete process.env['TERN_WARM_PYTHON']
    await project?.stop()
  })

  async function failureOf(task: string): Promise<string> {
    const { status, result } = await project.client.waitForAction(await project.runDeployed(task))
    expect(status?.phase).toBe(ActionPhase.FAILED)
    return result.case === 'errorInfo' ? result.value.message : ''
  }

  async function linesOf(run: string): Promise<ReadonlyArray<string>> {
    const lines: string[] = []
    for await (const { text } of project.client.logs(run)) lines.push(text)
    return lines
  }

  test('has a folder, temporary files, numbers and variables of its own', async () => {
    const seen = (await project.outputOf(await project.runDeployed('processes.several'))) as string[][]
    for (const column of [0, 1, 2, 3, 4]) expect(new Set(seen.map((one) => one[column])).size).toBe(3)
    const parents = new Set(seen.map(([path]) => path?.startsWith(project.folder)))
    expect(parents).toEqual(new Set([true]))
  })

  test('that exits says how, and where', async () => {
    const message = await failureOf('processes.exits')
    expect(message).toMatch(/exit code 3/)
    expect(message).toMatch(/File "processes.py", line 32, in exits/)
  })

  test('that takes more memory than it may is ended, and told how much that was', async () => {
    expect(await failureOf('small.exhausted')).toMatch(
      /OOMKilled: the task used \d+ MiB of memory, and may use 250 MiB/,
    )
  })

  test('of an environment for reuse runs in as many as its policy says, with the code loaded once if it is forked', async () => {
    const visits = (await project.outputOf(await project.runDeployed('processes.visits'))) as number[][]
    const loads = new Set(visits.map(([loadedAt]) => loadedAt))
    expect(loads.size).toBe(kind === 'forked' ? 1 : 5)
    const busyWhen = (at = 0) => visits.filter(([, began = 0, ended = 0]) => began <= at && at < ended).length
    expect(Math.max(...visits.map(([, began]) => busyWhen(began)))).toBeLessThanOrEqual(2)
  })

  test('hands over a file that it wrote in its folder, after it has ended', async () => {
    expect(await project.outputOf(await project.runDeployed('processes.hand_over'))).toBe('of the first')
  })

  test('calls one in another language, whose inputs and outputs are files', async () => {
    expect(await project.outputOf(await project.runDeployed('processes.contained'))).toBe('42 OF THE FIRST')
  })

  test('writes more than can be stored at once, and what is no text', async () => {
    const run = await project.runDeployed('processes.floods')
    await project.outputOf(run)
    const lines = await linesOf(run)
    const numbers = lines.filter((line) => /^\d+$/.test(line))
    expect(numbers).toEqual(Array.from({ length: 200_000 }, (_, number) => String(number)))
    expect(lines).toContain('no end of line')
    expect(lines).toContain('\ufffd\ufffd not text')
    expect(lines).toContain('to the other stream')
    expect(lines.filter((line) => /^x+$/.test(line)).join('')).toHaveLength(40_000)
  })

  test('that is aborted ends with what it has started', async () => {
    const run = await project.runDeployed('processes.lingers')
    let pids: number[] = []
    for await (const { text } of project.client.logs(run)) {
      pids = /^pids (\d+) (\d+)$/.exec(text)?.slice(1).map(Number) ?? []
      if (pids.length > 0) break
    }
    expect(pids.map(isAlive)).toEqual([true, true])
    expect(readFileSync(`/proc/${pids[0]}/cmdline`, 'utf8').includes('fork_server.py')).toBe(kind === 'forked')
    await project.client.abortRun(run)
    await expect.poll(() => pids.map(isAlive)).toEqual([false, false])
  })

  test('says in its log what it does when it is told to stop', async () => {
    const run = await project.runDeployed('processes.cleans_up')
    const followed: string[] = []
    for await (const { text } of project.client.logs(run)) {
      followed.push(text)
      if (text === 'works') await project.client.abortRun(run)
    }
    expect(followed.slice(followed.indexOf('works'))).toEqual(['works', 'stops its job', 'has stopped its job'])
    expect(await linesOf(run)).toEqual(followed)
  })

  test('does not outlive a server that is killed by much, and starts again with the next', async () => {
    const run = await project.runDeployed('processes.lingers')
    let pids: number[] = []
    for await (const { text } of project.client.logs(run)) {
      pids = /^pids (\d+) (\d+)$/.exec(text)?.slice(1).map(Number) ?? []
      if (pids.length > 0) break
    }
    await project.restartServer()
    await expect.poll(() => pids.map(isAlive)).toEqual([false, false])
    await project.client.abortRun(run)
  })
})
