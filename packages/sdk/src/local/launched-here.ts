import { create, toBinary } from '@bufbuild/protobuf'
import { InputsSchema } from '@tern/idl/task'
import { checkTexts } from '../authoring/check-values.ts'
import type { DeclaredPlan } from '../authoring/launch-plan-part.ts'
import type { RunOptions } from '../authoring/run-handle.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { noContext, withContext } from '../types/inputs-context.ts'
import { currentMocks, mockOf } from './mocks.ts'

/** What a local run of a task runs: for a launch plan, what it launches. */
export interface LaunchedHere {
  readonly definition: TaskDefinition
  /** A serialised flyteidl2.task.Inputs. */
  readonly inputs: Uint8Array
  readonly options: RunOptions
}

/**
 * What a local run is of: a launch plan is what it launches, with its fixed inputs and, where those of the run say nothing, its
 * options. One that is replaced by a test, or that is only referred to, is itself.
 *
 * @param inputs a serialised flyteidl2.task.Inputs, with the defaults of the plan in it
 */
export function launchedHere(definition: TaskDefinition, inputs: Uint8Array, options: RunOptions): LaunchedHere {
  const declared = definition.launchPlan?.declared
  if (declared === undefined || mockOf(definition, currentMocks()) !== undefined) return { definition, inputs, options }
  const { envVars, overwriteCache, maxActionConcurrency } = declared.runOptions
  checkTexts(options.envVars, 'envVars')
  return {
    definition: declared.launched,
    inputs: launchedInputs(declared, inputs),
    options: {
      ...options,
      envVars: { ...envVars, ...options.envVars },
      overwriteCache: options.overwriteCache ?? overwriteCache,
      maxActionConcurrency: options.maxActionConcurrency ?? maxActionConcurrency,
    },
  }
}

/** What is given to a launch plan, with the inputs that it fixes, and its context below what is given. */
export function launchedInputs({ fixed, runOptions }: DeclaredPlan, inputs: Uint8Array): Uint8Array<ArrayBuffer> {
  const literals = [...fixed].map(([name, value]) => ({ name, value }))
  const context = withContext(new Uint8Array(), runOptions.customContext ?? noContext)
  // The fields of several messages, one after the other, are those of one; of equal keys the last one counts.
  return new Uint8Array(Buffer.concat([context, inputs, toBinary(InputsSchema, create(InputsSchema, { literals }))]))
}
