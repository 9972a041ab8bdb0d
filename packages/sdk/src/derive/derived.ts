import { FailedPreconditionError, InvalidArgumentError } from '@tern/core'
import type { ZodType } from 'zod'
import {
  type DerivedInput,
  type DerivedInterface,
  type DerivedTask,
  derivedFormat,
  derivedKey,
  type Member,
  type TaskSchemas,
} from './derived-interface.ts'
import { described, type KnownShapes, shapeSchema } from './shape-schema.ts'

/**
 * What the compiler found out about a task, as an argument of `env.task`.
 *
 * @throws FailedPreconditionError when another version of the SDK has found it out
 */
export function derived(found: DerivedInterface): DerivedTask {
  const { format, name, docs, parameters } = found
  if (format !== derivedFormat) {
    throw new FailedPreconditionError(
      `the interface of task ${name ?? ''} was derived by another version of @tern/sdk`,
      {
        hint: 'Build it with the plugin of the version of @tern/sdk that is installed.',
      },
    )
  }
  return { [derivedKey]: true, name, docs, parameters, schemasOf: (task) => schemasOf(`task ${task}`, found) }
}

function schemasOf(owner: string, { inputs, output, outputs, classes, io }: DerivedInterface): TaskSchemas {
  const known: KnownShapes = {
    classes: whenDeclared(owner, 'a class in its types', () => classes?.() ?? []),
    io: io?.() ?? {},
    objects: new Map(),
  }
  return {
    inputs: Object.fromEntries(inputs.map((input) => [input.name, inputSchema(owner, input, known)])),
    ...(output === undefined ? {} : { output: memberSchema(`${owner}: output`, output, known) }),
    ...(outputs === undefined
      ? {}
      : {
          outputs: Object.fromEntries(
            outputs.map((each) => [each.name, memberSchema(`${owner}: output ${each.name}`, each, known)]),
          ),
        }),
  }
}

function inputSchema(owner: string, { description, fallback, ...input }: DerivedInput, known: KnownShapes): ZodType {
  const what = `input ${input.name}`
  const schema = memberSchema(`${owner}: ${what}`, input, known)
  if (fallback === undefined) return described(schema, description)
  return described(schema.default(whenDeclared(owner, `the default of ${what}`, fallback)), description)
}

function memberSchema(what: string, { shape, description }: Omit<Member, 'name'>, known: KnownShapes): ZodType {
  try {
    return described(shapeSchema(shape, known), description)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new InvalidArgumentError(`${what}: ${error.message}`, { hint: error.hint, cause: error })
  }
}

// What is declared further down is not there yet.
function whenDeclared<T>(owner: string, what: string, get: () => T): T {
  try {
    return get()
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw new InvalidArgumentError(`${owner}: ${what} is not there yet: ${error.message}`, {
      hint: 'Declare it above the task.',
      cause: error,
    })
  }
}
