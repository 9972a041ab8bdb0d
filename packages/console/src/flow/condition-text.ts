import { Comparison_Operator, type Condition, type Operand } from '@tern/idl/graph'
import { toJson, toValue } from '../data/value.ts'

const operators: Readonly<Record<number, string>> = {
  [Comparison_Operator.EQ]: '=',
  [Comparison_Operator.NE]: '≠',
  [Comparison_Operator.LT]: '<',
  [Comparison_Operator.LE]: '≤',
  [Comparison_Operator.GT]: '>',
  [Comparison_Operator.GE]: '≥',
}

/** What a node is called, by the path that a reference names it by. */
export type NameOf = (path: string) => string

/** The only output of what has one. */
const only = 'o0'

/** A condition as people write it: `weigh > 20 and city = "Delft"`. */
export function conditionText(condition: Condition | undefined, nameOf: NameOf): string {
  switch (condition?.kind.case) {
    case 'comparison': {
      const { left, operator, right } = condition.kind.value
      return `${operandText(left, nameOf)} ${operators[operator] ?? '?'} ${operandText(right, nameOf)}`
    }
    case 'all':
      return condition.kind.value.conditions.map((each) => innerText(each, nameOf)).join(' and ')
    case 'any':
      return condition.kind.value.conditions.map((each) => innerText(each, nameOf)).join(' or ')
    case 'not':
      return `not ${innerText(condition.kind.value, nameOf)}`
    default:
      return '…'
  }
}

function innerText(condition: Condition, nameOf: NameOf): string {
  const text = conditionText(condition, nameOf)
  return condition.kind.case === 'all' || condition.kind.case === 'any' ? `(${text})` : text
}

function operandText(operand: Operand | undefined, nameOf: NameOf): string {
  switch (operand?.value.case) {
    case 'literal':
      return JSON.stringify(toJson(toValue(operand.value.value)) ?? '…')
    case 'reference': {
      const { node, output, path } = operand.value.value
      const steps = path.map(({ kind }) => (kind.case === 'key' ? `.${kind.value}` : `[${kind.value ?? ''}]`)).join('')
      if (node === '') return `${output}${steps}`
      return `${nameOf(node)}${output === only ? '' : `.${output}`}${steps}`
    }
    default:
      return '…'
  }
}
