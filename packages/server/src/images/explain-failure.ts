/** Why an installer failed, as far as its output tells. */
export interface InstallFailure {
  /** In one sentence without its full stop; names the package where there is one. */
  readonly reason: string
  /** The index could not be reached, or the disk is full: another time it may work. */
  readonly isTransient: boolean
}

const unreachable =
  /NewConnectionError|ConnectTimeoutError|ProxyError|Max retries exceeded|Temporary failure in name resolution|Failed to fetch|dns error|tcp connect error|error sending request|Request failed after \d+ retries|Network is unreachable/i
const fullDisk = /No space left on device/i

// Of pip and of uv, the most telling first. Each names what it is about in its first group.
const reasons: ReadonlyArray<readonly [RegExp, (name: string) => string]> = [
  [/Cannot install (.+?) because these package versions have conflicting/, (names) => `${names} do not go together`],
  [/No matching distribution found for (.+?)(?: \(from .*\))?$/m, notFound],
  [/Could not find a version that satisfies the requirement (.+?)(?: \(from .*\))?$/m, notFound],
  [/Because (\S+) was not found in /, notFound],
  [/Because there (?:is|are) no versions? of (\S+?),? (?:and|we) /, notFound],
  [/Because (.+?), we can conclude that/, (clash) => `the requirements do not go together: ${clash}`],
  [/Package '([^']+)' requires a different Python/, (name) => `the package ${name} does not support this Python`],
  [/(?:Failed to build|Failed building wheel for|Could not build wheels for) [`']?([^\s`',]+)/i, notBuilt],
  [/Failed to (?:download|prepare)(?: and build)? [`']?([^\s`']+)/, (name) => `the package ${name} was not downloaded`],
  [/Invalid requirement: '?(.+?)'?(?::.*)?$/m, notRequirement],
  [/Failed to parse: [`']?(.+?)[`']?$/m, notRequirement],
  [/no such option: (\S+)/, unknownOption],
  [/unexpected argument '([^']+)'/, unknownOption],
]
// While it prepared a package, pip ran something that failed.
const subprocessFailed = /subprocess-exited-with-error/

/** Reads the output of pip and of uv. */
export function explainFailure(lines: ReadonlyArray<string>): InstallFailure {
  // What uv says is drawn, and wrapped.
  const text = lines.map((line) => line.replace(/^[\s│╰─▶×]+/, '')).join('\n')
  if (unreachable.test(text)) return { reason: 'the package index could not be reached', isTransient: true }
  if (fullDisk.test(text)) return { reason: 'the disk is full', isTransient: true }
  for (const [pattern, explain] of reasons) {
    const name = (pattern.exec(text) ?? pattern.exec(text.replaceAll('\n', ' ')))?.[1]
    if (name !== undefined) return { reason: explain(name.trim()), isTransient: false }
  }
  const prepared = [...text.matchAll(/^ *(?:Collecting|Processing) (\S+)/gm)].at(-1)?.[1]
  if (prepared !== undefined && subprocessFailed.test(text)) return { reason: notBuilt(prepared), isTransient: false }
  const last = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? ''
  return { reason: last.trim() || 'the installer gave no reason', isTransient: false }
}

function notFound(name: string): string {
  return `the package ${name} was not found`
}

function notBuilt(name: string): string {
  return `the package ${name} could not be built`
}

function notRequirement(text: string): string {
  return `${text} is no requirement`
}

function unknownOption(option: string): string {
  return `the installer has no option ${option}`
}
