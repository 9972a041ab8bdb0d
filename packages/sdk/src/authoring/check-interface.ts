import { isSchema } from '../types/standard-schema.ts'
import { invalid, isRecord } from './check-values.ts'

const inputNamePattern = /^[A-Za-z_][A-Za-z0-9_]*$/

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkInterface(given: Record<string, unknown>, what: string): void {
  if (given['output'] !== undefined && given['outputs'] !== undefined) {
    throw invalid('outputs', `${what}: give either output or outputs, not both`)
  }
  checkSchemas(given['inputs'], `${what}: inputs`)
  checkSchemas(given['outputs'], `${what}: outputs`)
  if (given['output'] !== undefined && !isSchema(given['output'])) {
    throw invalid('output', `${what}: output must be a schema such as z.string()`)
  }
}

function checkSchemas(value: unknown, what: string): void {
  if (value === undefined) return
  if (!isRecord(value) || isSchema(value)) throw invalid('inputs', `${what} must be an object of schemas by name`)
  for (const [name, schema] of Object.entries(value)) {
    if (!inputNamePattern.test(name)) throw invalid('inputs', `${what}: ${JSON.stringify(name)} is not a usable name`)
    if (!isSchema(schema)) throw invalid('inputs', `${what}.${name} must be a schema such as z.string()`)
  }
}
