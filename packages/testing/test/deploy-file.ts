import { bundleFile, loadBundle, taskSpecOf } from '@tern/sdk/bundle'
import type { TernClient } from '@tern/sdk/client'

/** Deploys all tasks of a file. */
export async function deployFile(client: TernClient, file: string): Promise<void> {
  const bundle = await bundleFile(file)
  const [{ tasks }, bundleUri] = await Promise.all([loadBundle(bundle), client.uploadBundle(bundle)])
  const { org, project, domain } = client.configuration
  const place = { org, project, domain, version: bundle.version, bundleUri }
  for (const task of tasks.values()) await client.tasks.deploy(taskSpecOf(task, place))
}
