import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isTernError } from '@tern/core'
import { loadingForTasks } from '../authoring/process-role.ts'
import type { BundleProgram } from '../runtime/bundle-program.ts'
import { readableStack, splitStack } from '../runtime/stack-paths.ts'
import { BundleError } from './bundle-error.ts'
import type { CodeBundle } from './bundle-file.ts'

/**
 * Loads a bundle into this process, to look at its tasks or to run them here.
 *
 * @throws BundleError when the code fails while it loads, and when the file exports no task
 */
export async function loadBundle(bundle: CodeBundle): Promise<BundleProgram> {
  const name = relative(bundle.root, bundle.file)
  const program = await loadProgram(bundle)
  if (program.exportedTasks.size === 0) throw noTasks(program, name)
  return program
}

/** The same, of a file that need not export what it declares. */
export async function loadProgram(bundle: CodeBundle): Promise<BundleProgram> {
  const name = relative(bundle.root, bundle.file)
  process.setSourceMapsEnabled(true)
  const directory = await mkdtemp(join(tmpdir(), 'tern-bundle-'))
  const url = pathToFileURL(join(directory, bundle.fileName)).href
  try {
    await writeFile(join(directory, bundle.fileName), bundle.bytes)
    const loaded = await loadingForTasks(() => import(url) as Promise<{ tern: BundleProgram }>)
    return loaded.tern
  } catch (error) {
    if (error instanceof Error && error.stack !== undefined) error.stack = readableStack(error.stack, url)
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const place = error instanceof Error ? placeOf(error) : undefined
    const at = place === undefined ? '' : `\n  ${place}`
    const hint = isTernError(error) ? error.hint : undefined
    throw new BundleError(`${name} failed while it was loaded: ${reason}${at}`, { cause: error, ...(hint && { hint }) })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** `at main.ts:3:5`: where the user's code is that threw, if a readable stack knows it. */
function placeOf({ stack = '' }: Error): string | undefined {
  const place = splitStack(stack)
    .frames.map((frame) => /(?:\(|at (?:async )?)([^()]+:\d+:\d+)\)?$/.exec(frame)?.[1])
    .find((found) => found !== undefined)
  return place === undefined ? undefined : `at ${place}`
}

function noTasks({ exportedKinds, tasks }: BundleProgram, name: string): BundleError {
  const found = Object.entries(exportedKinds).map(([key, kind]) => `${key} (${kind})`)
  const what = found.length === 0 ? 'it exports nothing' : `it exports ${found.join(', ')}`
  const hidden = tasks.size === 0 ? '' : `; it declares ${[...tasks.keys()].join(', ')} without exporting them`
  return new BundleError(`${name} exports no task: ${what}${hidden}`, {
    hint: 'Export what env.task(…) returns: export const main = env.task(…).',
  })
}
