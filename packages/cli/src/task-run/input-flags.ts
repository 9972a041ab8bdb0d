import type { Literal, LiteralType } from '@tern/idl/core'
import type { TaskSpec } from '@tern/idl/task'
import { toInputViews, type VariableView } from '../views/task-view.ts'

/** One input of a task as a flag of `tern run`. */
export interface InputFlag {
  /** The input's name in the task's interface. */
  readonly input: string
  /** Without the dashes: the name in kebab case, or the name itself where two inputs would share that. */
  readonly flag: string
  readonly type: LiteralType
  /** Used when the flag is left out. */
  readonly fallback: Literal | undefined
  readonly isBoolean: boolean
  /** Whether it may be given several times, one element each. */
  readonly elementType: LiteralType | undefined
  readonly view: VariableView
}

/** The flags of a task's inputs, required ones first, otherwise in the order of the interface. */
export function inputFlags(spec: TaskSpec): InputFlag[] {
  const variables = spec.taskTemplate?.interface?.inputs
  const views = toInputViews(variables, spec.defaultInputs)
  const names = flagNames((variables?.variables ?? []).map(({ key }) => key))
  const flags = (variables?.variables ?? []).flatMap(({ key, value }, index) => {
    const view = views[index]
    if (value?.type === undefined || view === undefined) return []
    const parameter = spec.defaultInputs.find(({ name }) => name === key)?.parameter
    return [
      {
        input: key,
        flag: names.get(key) ?? key,
        type: value.type,
        fallback: parameter?.behavior.case === 'default' ? parameter.behavior.value : undefined,
        isBoolean: view.type === 'boolean' || view.type === 'boolean | none',
        elementType: value.type.type.case === 'collectionType' ? value.type.type.value : undefined,
        view,
      },
    ]
  })
  return [...flags.filter(({ view }) => view.required), ...flags.filter(({ view }) => !view.required)]
}

/** `myInput`, `my_input` → `my-input`. */
function kebabCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()
}

function flagNames(inputs: readonly string[]): Map<string, string> {
  const taken = new Set<string>()
  return new Map(
    inputs.map((input) => {
      const kebab = kebabCase(input)
      const flag = taken.has(kebab) ? input : kebab
      taken.add(flag)
      return [input, flag] as const
    }),
  )
}
