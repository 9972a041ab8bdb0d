import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { InputsSchema } from '@tern/idl/task'

// Says which input a trigger's instant goes to: of the workflow, and not of what it calls.
const kickoffKey = '_u_kickoff_time_input_arg'

/** What of a workflow's inputs goes on to all that it calls: their context, as the end of serialized Inputs. */
export function contextOf(inputs: Uint8Array): Uint8Array {
  const context = fromBinary(InputsSchema, inputs).context.filter(({ key }) => key !== kickoffKey)
  return toBinary(InputsSchema, { $typeName: 'flyteidl2.task.Inputs', literals: [], context })
}
