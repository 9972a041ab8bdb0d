import { toBinary } from '@bufbuild/protobuf'
import { OutputsSchema } from '@tern/idl/task'
import { readValuesWith } from '../io/store-values.ts'
import { readValues } from '../types/literal-wire.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import { checkArrivedOutputs } from '../types/validation.ts'
import { RemoteRun } from './remote-run.ts'
import type { TernClient } from './tern-client.ts'

/** A run whose outputs are read, and checked, as the task declares them. */
export function typedRun<R>(client: TernClient, name: string, task: TaskInterface): RemoteRun<R> {
  return new RemoteRun<R>(client, name, async (outputs) => {
    if (task.readOutputs !== undefined) {
      const bytes = outputs === undefined ? new Uint8Array() : toBinary(OutputsSchema, outputs)
      return task.readOutputs(bytes, client.readerOf(name)) as R
    }
    const written = outputs === undefined ? [] : readValues(task.outputs, toBinary(OutputsSchema, outputs))
    const values = readValuesWith(task.outputs, written, client.readerOf(name))
    return (await checkArrivedOutputs(task, values)) as R
  })
}
