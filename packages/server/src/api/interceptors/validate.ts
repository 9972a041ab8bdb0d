import type { DescMessage, Message, Registry } from '@bufbuild/protobuf'
import type { Path } from '@bufbuild/protobuf/reflect'
import { createValidator, type Violation } from '@bufbuild/protovalidate'
import type { Interceptor } from '@connectrpc/connect'
import { InternalError, InvalidArgumentError } from '@tern/core'
import { eachRequestMessage } from './request-messages.ts'

const maxShown = 5

/** Throws InvalidArgumentError for a message that breaks the rules of the protocol. */
export type CheckMessage = (schema: DescMessage, message: Message) => void

/**
 * Refuses requests that break the rules of the protocol, naming each field and what is wrong with it.
 *
 * @param judgedLater requests that their services check themselves, since they answer errors in a message
 */
export function validate(check: CheckMessage, judgedLater: ReadonlySet<DescMessage>): Interceptor {
  return eachRequestMessage((schema, message) => {
    if (!judgedLater.has(schema)) check(schema, message)
  })
}

const checks = new WeakMap<Registry, CheckMessage>()

/** Knows the rules of the messages in a registry. They are read when the first message of a type comes, and kept. */
export function checkOf(registry: Registry): CheckMessage {
  const check = checks.get(registry) ?? createCheck(registry)
  checks.set(registry, check)
  return check
}

function createCheck(registry: Registry): CheckMessage {
  const validator = createValidator({ registry })
  return (schema, message) => {
    const result = validator.validate(schema, message)
    if (result.kind === 'valid') return
    if (result.kind === 'error') throw new InternalError(`cannot validate ${schema.typeName}`, { cause: result.error })
    throw toInvalidArgument(result.violations)
  }
}

function toInvalidArgument(violations: ReadonlyArray<Violation>): InvalidArgumentError {
  const shown = violations.slice(0, maxShown).map(describe)
  const more = violations.length - shown.length
  const message = `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
  const first = violations[0]
  return new InvalidArgumentError(message, { field: first === undefined ? '' : pathOf(first.field) })
}

function describe(violation: Violation): string {
  const path = pathOf(violation.field)
  const subject = path === '' ? 'request' : path
  return `${subject}: ${violation.forKey ? 'key ' : ''}${inWords(violation)}`
}

// What the rule says, where its own words are about its making rather than the request.
function inWords({ ruleId, message }: Violation): string {
  switch (ruleId) {
    case 'enum.not_in':
      return 'value must be set'
    case 'enum.defined_only':
      return 'value is not one of the known ones'
    case 'string.min_len':
    case 'repeated.min_items':
      return message.includes(' 1 ') ? 'value is required' : message
    default:
      return message
  }
}

/** `run_id.name`, `filters[2].field`, `labels.values["team"]`. */
function pathOf(path: Path): string {
  let text = ''
  for (const step of path) {
    if (step.kind === 'list_sub') text += `[${step.index}]`
    else if (step.kind === 'map_sub') text += `[${JSON.stringify(String(step.key))}]`
    else text += `${text === '' ? '' : '.'}${step.kind === 'extension' ? step.typeName : step.name}`
  }
  return text
}
