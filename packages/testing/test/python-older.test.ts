import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FlyteProject } from '@tern/test-support/flyte-project'

let project: FlyteProject
beforeAll(async () => {
  project = await FlyteProject.start({ files: join(import.meta.dirname, 'python'), release: 'older' })
}, 400_000)
afterAll(() => project?.stop())

test("a minor version of Flyte's SDK before the newest works as well", async () => {
  const notes = join(project.folder, 'notes')
  const name = await project.run('features.py', 'everything', '--seed', '1', '--file', notes)
  expect(await project.outputOf(name)).toMatchObject({
    values: 'as given',
    groups: '4',
    map: "[1, 3, 5, 'RuntimeUserError']",
    retries: '2',
    checkpoints: 'what the first attempt knew',
    timeouts: 'TaskTimeoutError',
    cancels: 'cancelled',
    errors: 'Trouble user in the child; NonRecoverableError user never again',
    caches: 'True True True',
    traces: '7 101 1',
    conditions: 'ConditionTimedoutError',
    files: "True True ['a.txt', 'sub/b.txt']",
  })
  await project.flyte('deploy', 'features.py', 'scheduled_env')
  expect(await project.flyte('get', 'task')).toContain('scheduled.tell')
  const told = await project.run('deployed-task', 'scheduled.tell', '--at', '2024-02-29', '--x', '2')
  expect(await project.outputOf(told)).toBe('2024-02-29T00:00:00+00:00 2')
})
