import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleFile, loadBundle, taskSpecOf } from '@tern/sdk/bundle'
import type { TernClient } from '@tern/sdk/client'

const first = `import { TaskEnvironment } from '@tern/sdk'

const env = new TaskEnvironment({ name: 'oven' })

/** How long a loaf stays in the oven, in minutes. */
function minutesFor(weight: number): number {
  return 20 + weight * 25
}

/** Bakes. */
export const bake = env.task({ name: 'bake', retries: 1 }, async function bake(loaves: number = 3) {
  const minutes = minutesFor(0.5)
  return { loaves, minutes }
})
`

const second = first
  .replace(`{ name: 'oven' }`, `{ name: 'oven', resources: { cpu: 2, memory: '1Gi' } }`)
  .replace(
    'minutesFor(weight: number): number {\n',
    'minutesFor(weight: number, isDark: boolean): number {\n  const crust = isDark ? 8 : 0\n',
  )
  .replace('20 + weight * 25', '20 + weight * 25 + crust')
  .replace('retries: 1', 'retries: 4')
  .replace('loaves: number = 3', 'loaves: number = 5, isDark: boolean = false')
  .replace('minutesFor(0.5)', 'minutesFor(0.5, isDark)')

/** Deploys two versions of the task `oven.bake`, v1 and v2, which differ in all that versions can differ in. */
export async function deployOven(client: TernClient): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tern-console-oven-'))
  try {
    for (const [version, text] of [
      ['v1', first],
      ['v2', second],
    ] as const) {
      const file = join(folder, 'oven.ts')
      await writeFile(file, text)
      const bundle = await bundleFile(file, { workingDirectory: folder })
      const bundleUri = await client.uploadBundle(bundle)
      const { org, project, domain } = client.configuration
      const task = (await loadBundle(bundle)).exportedTasks.get('bake')!
      await client.deployTask(taskSpecOf(task, { org, project, domain, version, bundleUri }), [])
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
