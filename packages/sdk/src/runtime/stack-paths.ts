import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How the source maps of bundles name the SDK's own files. */
export const sdkSourcePrefix = 'tern-sdk/'

/** Where this copy of the SDK lies when it is not part of a bundle. */
const sdkFolder = `${dirname(dirname(fileURLToPath(import.meta.url)))}/`

const framePattern = /^\s+at /

/**
 * Makes a stack what its reader can use: without the frames of the SDK and of Node, and, for code from a bundle, with
 * paths relative to the project.
 *
 * @param bundleUrl of the bundle, which mapped paths are relative to
 */
export function readableStack(stack: string, bundleUrl: string | undefined): string {
  const { head, frames } = splitStack(stack)
  if (bundleUrl === undefined)
    return joinStack(
      head,
      frames.filter((frame) => !isForeign(frame, sdkFolder)),
    )
  const folder = `${dirname(fileURLToPath(bundleUrl))}/`
  const own = frames.filter((frame) => !isForeign(frame, `${folder}${sdkSourcePrefix}`))
  return joinStack(
    head,
    own.map((frame) => frame.replaceAll(`file://${folder}`, '').replaceAll(folder, '')),
  )
}

/** The frames of a stack, and the message before them. */
export function splitStack(stack: string): { head: string; frames: string[] } {
  const lines = stack.split('\n')
  const first = lines.findIndex((line) => framePattern.test(line))
  if (first < 0) return { head: stack, frames: [] }
  return { head: lines.slice(0, first).join('\n'), frames: lines.slice(first) }
}

export function joinStack(head: string, frames: readonly string[]): string {
  return [head, ...frames].join('\n')
}

function isForeign(frame: string, sdk: string): boolean {
  return (
    frame.includes(sdk) || /\(?node:/.test(frame) || /^\s+at (?:async )?(?:Promise\.\w+|new Promise) \(/.test(frame)
  )
}
