import { randomInt } from '#platform'
import { InvalidArgumentError } from './errors.ts'

/** The name of the root action of every run. */
export const rootActionName = 'a0'

/** The most characters (or bytes, where the name is ASCII anyway) that each kind of name may have. */
export const nameLimits = {
  run: 30,
  action: 30,
  org: 63,
  project: 63,
  domain: 63,
  environment: 63,
  task: 255,
  trigger: 255,
  taskVersion: 63,
  shortName: 63,
  group: 256,
} as const

const runNamePattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const environmentPattern = /^[a-z0-9]+([_-][a-z0-9]+)*$/
// What would be unprintable, or read as a path or a URL's part, where names become paths and links.
const unsafePattern = /[\p{Cc}\\]/u

/** Checks a run's name: a DNS-1035 label of at most 30 characters. */
export function checkRunName(name: string, field = 'run name'): void {
  checkLength(name, nameLimits.run, field)
  if (!runNamePattern.test(name)) {
    throw invalid(
      field,
      name,
      'must start with a lower-case letter and go on with lower-case letters, digits or "-", not ending in "-"',
    )
  }
}

/** Checks an action's name: 1 to 30 characters that can stand in a path. */
export function checkActionName(name: string, field = 'action name'): void {
  checkLength(name, nameLimits.action, field)
  checkPathSegment(name, field)
}

/** Checks a project's name: a label of at most 63 characters. */
export function checkProjectName(name: string, field = 'project'): void {
  checkLabel(name, nameLimits.project, field)
}

/** Checks a domain's name: a label of at most 63 characters. */
export function checkDomainName(name: string, field = 'domain'): void {
  checkLabel(name, nameLimits.domain, field)
}

/** Checks an organisation's name: a label of at most 63 characters. */
export function checkOrgName(name: string, field = 'org'): void {
  checkLabel(name, nameLimits.org, field)
}

/** Checks the name of a task environment: lower-case words joined by single "-" or "_", at most 63 characters. */
export function checkEnvironmentName(name: string, field = 'environment name'): void {
  checkLength(name, nameLimits.environment, field)
  if (!environmentPattern.test(name)) {
    throw invalid(field, name, 'must be lower-case letters and digits, with single "-" or "_" between them')
  }
}

/** Checks a task's full name (`environment.function`): 1 to 255 characters. */
export function checkTaskName(name: string, field = 'task name'): void {
  checkLength(name, nameLimits.task, field)
  checkSafe(name, field)
}

/** Checks a trigger's name: 1 to 255 characters. */
export function checkTriggerName(name: string, field = 'trigger name'): void {
  checkLength(name, nameLimits.trigger, field)
  checkSafe(name, field)
}

/** Checks a task's version: 1 to 63 characters. */
export function checkTaskVersion(version: string, field = 'task version'): void {
  checkLength(version, nameLimits.taskVersion, field)
  checkSafe(version, field)
}

const runNameAlphabet = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * A new name for a run: `r` and 19 characters that cannot form words or be mistaken for one another.
 *
 * @param random gives a whole number from 0 to below `bound`; the system's secure generator by default
 */
export function newRunName(random: (bound: number) => number = randomInt): string {
  let name = 'r'
  for (let i = 0; i < 19; i++) name += runNameAlphabet[random(runNameAlphabet.length)]
  return name
}

/**
 * The function's part of a task's name: what follows `{environment}.`, which may have dots itself; without an
 * environment, the last dot-separated part.
 */
export function functionNameOf(taskName: string, environmentName = ''): string {
  const prefix = `${environmentName}.`
  if (environmentName !== '' && taskName.startsWith(prefix)) return taskName.slice(prefix.length)
  return taskName.slice(taskName.lastIndexOf('.') + 1)
}

/** Cuts a text to `maxChars` characters (code points, never half of one). */
export function truncateText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  let chars = 0
  let end = 0
  for (const char of text) {
    if (chars === maxChars) return text.slice(0, end)
    chars++
    end += char.length
  }
  return text
}

function checkLabel(name: string, limit: number, field: string): void {
  checkLength(name, limit, field)
  if (!labelPattern.test(name)) {
    throw invalid(field, name, 'must be lower-case letters, digits and "-", starting and ending with a letter or digit')
  }
}

function checkPathSegment(name: string, field: string): void {
  checkSafe(name, field)
  if (name === '.' || name === '..' || name.includes('/'))
    throw invalid(field, name, 'must not contain "/" or be "." or ".."')
}

function checkSafe(name: string, field: string): void {
  if (unsafePattern.test(name)) throw invalid(field, name, 'must not contain control characters or "\\"')
}

function checkLength(name: string, limit: number, field: string): void {
  if (name.length === 0) throw new InvalidArgumentError(`${field} is empty`, { field })
  // Characters are at most as many as UTF-16 units.
  const length = name.length > limit ? Array.from(name).length : name.length
  if (length > limit) {
    throw invalid(field, truncateText(name, 80), `has ${length} characters, at most ${limit} are allowed`)
  }
}

function invalid(field: string, value: string, rule: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field} ${JSON.stringify(value)} ${rule}`, { field })
}
