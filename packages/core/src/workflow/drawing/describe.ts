import type {
  Binding,
  Comparison,
  Condition,
  Entity,
  MapNode,
  Operand,
  Reference,
  TaskOverrides,
  Value,
} from '@tern/idl/graph'
import { type JsonValue, toJson } from '@bufbuild/protobuf'
import { Comparison_Operator, ItemFailures, TaskOverridesSchema } from '@tern/idl/graph'
import type { Literal } from '@tern/idl/core'
import { describeType } from '../../describe-type.ts'
import { literalToJson } from '../../literal-json.ts'

// Parts of a compiled workflow as people read them.

const longest = 40

/** What a node calls: a task, a workflow or a launch plan, by name. */
export function describeEntity(entity: Entity | undefined): string {
  switch (entity?.kind.case) {
    case 'task':
      return entity.kind.value.taskTemplate?.id?.name ?? 'a task'
    case 'deployedTask':
    case 'launchPlan':
      return withVersion(entity.kind.value)
    case 'workflow':
      return entity.kind.value.name
    default:
      return 'nothing'
  }
}

function withVersion({ name, version }: { readonly name: string; readonly version: string }): string {
  return version === '' ? name : `${name}@${version}`
}

/** `each of xs, 4 at once, at least 90 %`. */
export function describeMap({ over, concurrency, minSuccess, runAll, itemFailures }: MapNode): string {
  const parts = [`each of ${over.join(' and ')}`]
  if (concurrency > 0) parts.push(`${concurrency} at once`)
  if (minSuccess.case === 'minSuccesses')
    parts.push(minSuccess.value === 0 ? 'any may fail' : `at least ${minSuccess.value}`)
  if (minSuccess.case === 'minSuccessRatio') parts.push(`at least ${Math.round(minSuccess.value * 100)} %`)
  if (itemFailures === ItemFailures.RESULT) parts.push('failures as results')
  if (runAll) parts.push('all of them')
  return parts.join(', ')
}

/** `retries.retries 3, queue "slow"`. */
export function describeOverrides(overrides: TaskOverrides | undefined): string {
  if (overrides === undefined) return ''
  return [...flatten(toJson(TaskOverridesSchema, overrides))].map(([field, value]) => `${field} ${value}`).join(', ')
}

/** The values in a JSON document, each by the path to it. */
export function* flatten(json: JsonValue, path = ''): Generator<readonly [path: string, value: string]> {
  if (typeof json !== 'object' || json === null) {
    yield [path, JSON.stringify(json)]
    return
  }
  const isList = Array.isArray(json)
  for (const [key, value] of Object.entries(json)) {
    const segment = isList ? `[${key}]` : `${path === '' ? '' : '.'}${key}`
    yield* flatten(value as JsonValue, `${path}${segment}`)
  }
}

/** `x = n0.o0`. */
export function describeBinding({ name, value }: Binding): string {
  return `${name} = ${describeBound(value)}`
}

/** What is bound: `n0.o0`, `[1, inputs.x]`. */
export function describeBound(value: Value | undefined): string {
  switch (value?.kind.case) {
    case 'literal':
      return describeLiteral(value.kind.value)
    case 'reference':
      return describeReference(value.kind.value)
    case 'list':
      return `[${value.kind.value.items.map(describeBound).join(', ')}]`
    case 'map':
      return `{ ${value.kind.value.entries.map(describeEntry).join(', ')} }`
    case 'record':
      return `{ ${value.kind.value.fields.map(describeEntry).join(', ')} }`
    case 'union':
      return `${describeBound(value.kind.value.value)} as ${describeType(value.kind.value.type)}`
    case 'error':
      return 'the error'
    default:
      return 'nothing'
  }
}

function describeEntry({ name, value }: Binding): string {
  return `${name}: ${describeBound(value)}`
}

function describeReference(reference: Reference): string {
  const { node, output } = reference
  return `${node === '' ? 'inputs' : node}.${output}${pathOf(reference)}`
}

/** As people say it: `rows`, `load.rows[0].name`; what has one output only is called by the name of its node. */
export function nameReference(reference: Reference, titleOf: (node: string) => string): string {
  const { node, output } = reference
  const whole = node === '' ? output : output === 'o0' ? titleOf(node) : `${titleOf(node)}.${output}`
  return `${whole}${pathOf(reference)}`
}

function pathOf({ path }: Reference): string {
  return path.map(({ kind }) => (kind.case === 'index' ? `[${kind.value}]` : `.${kind.value ?? ''}`)).join('')
}

const operators: Readonly<Record<Comparison_Operator, string>> = {
  [Comparison_Operator.UNSPECIFIED]: '?',
  [Comparison_Operator.EQ]: '=',
  [Comparison_Operator.NE]: '≠',
  [Comparison_Operator.LT]: '<',
  [Comparison_Operator.LE]: '≤',
  [Comparison_Operator.GT]: '>',
  [Comparison_Operator.GE]: '≥',
}

/** How a reference is written. */
type Describe = (reference: Reference) => string

/** `n0.o0 > 3 and inputs.kind = "a"`. */
export function describeCondition(condition: Condition | undefined, describe: Describe = describeReference): string {
  const inner = (each: Condition) => inParentheses(each, describe)
  switch (condition?.kind.case) {
    case 'comparison':
      return describeComparison(condition.kind.value, describe)
    case 'all':
      return condition.kind.value.conditions.map(inner).join(' and ')
    case 'any':
      return condition.kind.value.conditions.map(inner).join(' or ')
    case 'not':
      return `not ${inner(condition.kind.value)}`
    default:
      return 'always'
  }
}

function inParentheses(condition: Condition, describe: Describe): string {
  const text = describeCondition(condition, describe)
  return condition.kind.case === 'comparison' ? text : `(${text})`
}

function describeComparison({ left, operator, right }: Comparison, describe: Describe): string {
  return `${describeOperand(left, describe)} ${operators[operator]} ${describeOperand(right, describe)}`
}

function describeOperand(operand: Operand | undefined, describe: Describe): string {
  const value = operand?.value
  if (value?.case === 'reference') return describe(value.value)
  return value?.case === 'literal' ? describeLiteral(value.value) : 'nothing'
}

function describeLiteral(literal: Literal): string {
  try {
    return shortened(JSON.stringify(literalToJson(literal)))
  } catch {
    // One that JSON has no form for is there all the same.
    return 'a value'
  }
}

function shortened(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}
