import { checkArrivedInputs, checkArrivedOutputs, checkGivenInputs, checkReturned } from '../types/validation.ts'
import { localFilesRoot } from '../io/place.ts'
import { currentMocks, mockOf } from '../local/mocks.ts'
import { Checkpoint } from './checkpoint.ts'
import { textLogger } from './logger.ts'
import { type ChildCall, runInScope, type Scope, type TaskContext } from './context.ts'

/** Runs a task's function here and now, with its inputs and its result checked as in a run. No action is made. */
export async function callDirectly(call: ChildCall): Promise<unknown> {
  const { definition } = call
  const given = await checkGivenInputs(definition.interface, call.inputs)
  const inputs = await checkArrivedInputs(definition.interface, given)
  const scope = directScope(call)
  const run = mockOf(definition, currentMocks()) ?? definition.run
  const returned = await runInScope(scope, () => run(inputs as never, scope.context))
  const outputs = await checkReturned(definition.interface, returned)
  return checkArrivedOutputs(definition.interface, outputs)
}

export function directScope({ definition, signal, group, customContext }: ChildCall): Scope {
  const context: TaskContext = {
    signal: signal ?? new AbortController().signal,
    action: { name: '', task: definition.name, version: '', group },
    run: { name: '', org: '', project: '', domain: '', startedAt: new Date() },
    attempt: 1,
    customContext,
    rawDataPath: localFilesRoot('unattached'),
    checkpoint: new Checkpoint(undefined),
    logger: textLogger(),
    mode: 'direct',
  }
  return { context, group, parent: undefined }
}
