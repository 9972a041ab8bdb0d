import { closest } from '@tern/core'
import type { Literal } from '@tern/idl/core'
import { invalid, isRecord } from '../authoring/check-values.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import { holdsReferences } from './bind-references.ts'
import { literalOf } from './constants.ts'
import type { LaunchPlanOptions } from './launch-plan-types.ts'
import type { SavedInputs } from './plan-interface.ts'

/**
 * The inputs that a launch plan saves, as the wire has them: from then on nothing that is done to the given objects changes them.
 *
 * @throws InvalidArgumentError naming the input that there is not, or whose value does not fit
 */
export function saveInputs(
  target: TaskInterface,
  { name, defaults, fixed }: Pick<LaunchPlanOptions, 'name' | 'defaults' | 'fixed'>,
): SavedInputs {
  const fixedInputs = toLiterals(target, fixed, `launch plan ${name}: fixed`, 'fixed')
  const rest = Object.entries(defaults ?? {}).filter(([input]) => !fixedInputs.has(input))
  const what = `launch plan ${name}: the default of`
  return { fixed: fixedInputs, defaults: toLiterals(target, Object.fromEntries(rest), what, 'defaults') }
}

function toLiterals(
  target: TaskInterface,
  given: Readonly<Record<string, unknown>> = {},
  what: string,
  field: string,
): ReadonlyMap<string, Literal> {
  if (!isRecord(given)) throw invalid(field, `${what.split(':')[0]}: ${field} must be an object of inputs`)
  const names = target.inputs.map(({ name }) => name)
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown !== undefined) throw unknownInput(target, unknown, names, what, field)
  // In the order of the interface, so that the same plan has the same bytes.
  return new Map(
    target.inputs
      .filter(({ name }) => given[name] !== undefined)
      .map((variable) => {
        const { name, where } = variable
        const place = {}
        if (holdsReferences(given[name])) {
          throw invalid(`${field}.${name}`, `${what} ${where}: it cannot be a reference`, 'Give a value.')
        }
        return [name, literalOf(variable, given[name], { where: `${what} ${where}`, name, place })]
      }),
  )
}

function unknownInput(
  { owner }: TaskInterface,
  unknown: string,
  names: readonly string[],
  what: string,
  field: string,
) {
  const meant = closest(unknown, names)
  const known = names.length === 0 ? 'It takes no inputs.' : `It takes ${names.join(', ')}.`
  const hint = meant === undefined ? known : `Did you mean ${meant}?`
  return invalid(`${field}.${unknown}`, `${what.split(':')[0]}: ${field}: ${owner} has no input ${unknown}`, hint)
}

/** Saved inputs as values, made anew each time. */
export function valuesOf(target: TaskInterface, saved: ReadonlyMap<string, Literal>): Record<string, unknown> {
  return Object.fromEntries(
    target.inputs.flatMap(({ name, codec }) => {
      const literal = saved.get(name)
      return literal === undefined ? [] : [[name, codec.fromLiteral(literal)] as const]
    }),
  )
}
