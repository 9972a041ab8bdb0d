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

/** A condition as people write it. */
export function conditionText(condition: Condition | undefined): string {
  switch (condition?.kind.case) {
    case 'comparison': {
      const { left, operator, right } = condition.kind.value
      return `${operandText(left)} ${operators[operator] ?? '?'} ${operandText(right)}`
    }
    case 'all':
      return condition.kind.value.conditions.map(innerText).join(' and ')
    case 'any':
      return condition.kind.value.conditions.map(innerText).join(' or ')
    case 'not':
      return `not ${innerText(condition.kind.value)}`
    default:
      return '…'
  }
}

function innerText(condition: Condition): string {
  const text = conditionText(condition)
  return condition.kind.case === 'all' || condition.kind.case === 'any' ? `(${text})` : text
}

function operandText(operand: Operand | undefined): string {
  switch (operand?.value.case) {
    case 'literal':
      return JSON.stringify(toJson(toValue(operand.value.value)) ?? '…')
    case 'reference': {
      const { node, output, path } = operand.value.value
      const steps = path.map(({ kind }) => (kind.case === 'key' ? `.${kind.value}` : `[${kind.value ?? ''}]`)).join('')
      return `${node === '' ? '' : `${node}.`}${output}${steps}`
    }
    default:
      return '…'
  }
}
