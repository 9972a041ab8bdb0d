import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FlyteProject } from '@tern/test-support/flyte-project'

let project: FlyteProject

beforeAll(async () => {
  project = await FlyteProject.start({ files: join(import.meta.dirname, 'python') })
}, 300_000)
afterAll(() => project?.stop())

const place = ['--project', 'flytesnacks', '--domain', 'development']

describe("Flyte's own Python SDK", () => {
  test('makes secrets, which its tasks find and nobody else does', async () => {
    await project.flyte('create', 'secret', 'api-key', '--value', 'hidden', ...place)
    expect(await project.flyte('get', 'secret', ...place)).toContain('api-key')
    expect(await project.flyte('get', 'secret', 'api-key', ...place)).not.toContain('hidden')
    expect(await project.flyte('get', 'io', await project.run('secretive.py', 'main'))).toContain(
      'None | neddih neddih None | neddih',
    )
    await project.flyte('delete', 'secret', 'api-key', ...place)
    expect(await project.flyte('get', 'secret', ...place)).not.toContain('api-key')
  })

  test('is told which secret is missing, and its task never starts', async () => {
    const { result } = await project.client.getAction(await project.run('secretive.py', 'refused'))
    expect(result).toMatchObject({ value: { message: expect.stringContaining('tern create secret not-there') } })
  })

  test('edits settings, and its runs follow them', async () => {
    const edit = [
      'import flyte, flyte.remote as remote',
      'flyte.init_from_config()',
      'settings = remote.Settings.get_settings_for_edit(domain="development")',
      'settings.update_settings({"environment_variables": {"LEVEL": "high"}, "run.default_queue": "slow"})',
      'settings = remote.Settings.get_settings_for_edit(domain="development", project="flytesnacks")',
      'import json',
      'print("RESULT", json.dumps([[s.key, s.value] for s in settings.effective_settings]))',
    ].join('\n')
    expect(await project.program('-c', edit)).toContainEqual(['run.default_queue', 'slow'])
    await project.flyte('create', 'secret', 'api-key', '--value', 'x', ...place)
    expect(await project.flyte('get', 'io', await project.run('secretive.py', 'variables'))).toContain('x x high')
  })
})
