import { listSchema } from '../types/own-schemas.ts'
import { codecFor } from '../types/schema-codec.ts'
import type { Variable } from '../types/task-interface.ts'

const lists = new WeakMap<Variable, Variable>()

/** An input that is a list of what another takes. */
export function listCodecOf(variable: Variable): Variable {
  let list = lists.get(variable)
  if (list === undefined) {
    const schema = listSchema(variable.schema, variable.name)
    list = { ...variable, schema, codec: codecFor(schema, variable.name), fallback: undefined }
    lists.set(variable, list)
  }
  return list
}
