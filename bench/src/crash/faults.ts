import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { clockSteps } from './clock-steps.ts'

/**
 * Does something bad to a server under load. Returns what is wrong afterwards.
 *
 * @param leaves how many a fan-out has; other runs have fewer
 */
export type Fault = (folder: string, leaves: number) => Promise<ReadonlyArray<string>>

const program = fileURLToPath(new URL('./small-disk.ts', import.meta.url))

/** What happens to machines, beside processes that die. */
export const faults: Readonly<Record<string, Fault>> = {
  'a clock that steps an hour': clockSteps,
  'a full disk': (folder, leaves) => onSmallDisk('full', folder, leaves),
  'storage that is read-only for a while': (folder, leaves) => onSmallDisk('read-only', folder, leaves),
}

/** Disks are mounted in a namespace of their own, which needs Linux and no rights; elsewhere this is left out, and said. */
async function onSmallDisk(kind: string, folder: string, leaves: number): Promise<ReadonlyArray<string>> {
  const node = [process.execPath, ...process.execArgv, program, kind, folder, String(leaves)]
  try {
    const { stdout } = await promisify(execFile)('unshare', ['--map-root-user', '--mount', ...node])
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as string[]
  } catch (error) {
    const { stderr } = error as { readonly stderr?: string }
    if (stderr !== undefined && !/unshare: |mount: /.test(stderr)) return [stderr]
    console.log(`left out, since nothing can be mounted here: ${stderr ?? String(error)}`)
    return []
  }
}
