import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { report } from '../authoring/report.ts'
import { run } from '../authoring/run.ts'
import { TaskEnvironment } from '../authoring/task-environment.ts'
import { localFilesRoot } from '../io/place.ts'

const env = new TaskEnvironment({ name: 'reports' })
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** The report of a local run's first attempt; undefined where there is none. */
async function reportOf(body: () => unknown): Promise<string | undefined> {
  const task = env.task({ name: `task_${env.tasks.size}`, report: true }, async () => void (await body()))
  const handle = await run.local(task)
  folders.push(localFilesRoot(handle.name))
  await handle.wait()
  const file = join(localFilesRoot(handle.name), 'a0-1', 'report.html')
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

describe('the report of a task', () => {
  test('shows texts and tables as they are, whatever is in them', async () => {
    const html = await reportOf(() =>
      report()
        .text('1 < 2 & "3"')
        .table([{ a: '<i>' }, { a: undefined, b: 2 }]),
    )
    expect(html).toContain('<p>1 &lt; 2 &amp; &quot;3&quot;</p>')
    expect(html).toContain('<tr><th>a</th></tr></thead><tbody><tr><td>&lt;i&gt;</td></tr><tr><td></td></tr></tbody>')
  })

  test('DK-1: has tabs, in the order of their making', async () => {
    const html = await reportOf(() => {
      report().tab('a & b').html('<em>first</em>')
      report().html('<em>main</em>')
    })
    expect(html).toMatch(/checked><label for="tab0">main<\/label><input [^>]*id="tab1"><label for="tab1">a &amp; b</)
    expect(html).toMatch(/<section id="page0">\n<em>main<\/em>\n<\/section>\n<section id="page1">\n<em>first<\/em>/)
  })

  test('can be begun anew, and is stored as it is at the end', async () => {
    const html = await reportOf(async () => {
      await report().text('before').flush()
      report().clear().text('after')
    })
    expect(html).toContain('after')
    expect(html).not.toContain('before')
  })

  test('is kept when the task fails', async () => {
    const fails = () => {
      report().text('so far')
      throw new Error('as asked')
    }
    expect(await reportOf(fails)).toContain('so far')
  })

  test('T-22: is no file where nothing was added', async () => {
    expect(await reportOf(() => report())).toBeUndefined()
  })

  test('is for nobody where the task is called as a function', async () => {
    const task = env.task({ name: 'direct' }, () => void report().text('x'))
    await expect(task()).resolves.toBeUndefined()
  })
})
