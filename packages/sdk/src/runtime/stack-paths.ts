import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How the source maps of bundles name the SDK's own files. */
export const sdkSourcePrefix = 'tern-sdk/'

/**
 * Makes a stack what its reader can use: paths relative to the project, without the frames of the SDK and of Node.
 *
 * @param bundleUrl of the bundle, which mapped paths are relative to
 */
export function readableStack(stack: string, bundleUrl: string): string {
  const folder = `${dirname(fileURLToPath(bundleUrl))}/`
  const lines = stack.split('\n')
  const firstFrame = lines.findIndex((line) => framePattern.test(line))
  if (firstFrame < 0) return stack
  const frames = lines.slice(firstFrame).filter((line) => !isForeign(line, folder))
  return [...lines.slice(0, firstFrame), ...frames.map((line) => shorten(line, folder))].join('\n')
}

const framePattern = /^\s+at /

function isForeign(line: string, folder: string): boolean {
  return (
    line.includes(`${folder}${sdkSourcePrefix}`) ||
    /\(?node:/.test(line) ||
    /^\s+at (async )?(Promise\.all|new Promise) \(/.test(line)
  )
}

function shorten(line: string, folder: string): string {
  return line.replaceAll(`file://${folder}`, '').replaceAll(folder, '')
}
