import { create, toBinary } from '@bufbuild/protobuf'
import { InputsSchema } from '@tern/idl/task'
import { checkTexts } from '../authoring/check-values.ts'
import { checkCustomContext } from '../authoring/check-custom-context.ts'
import type { DeclaredPlan } from '../authoring/launch-plan-part.ts'
import type { RunOptions } from '../authoring/run-handle.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
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
  const { envVars, overwriteCache, customContext } = declared.runOptions
  checkTexts(options.envVars, 'envVars')
  checkCustomContext(options.customContext)
  return {
    definition: declared.launched,
    inputs: launchedInputs(declared, inputs),
    options: {
      ...options,
      envVars: { ...envVars, ...options.envVars },
      customContext: { ...customContext, ...options.customContext },
      overwriteCache: options.overwriteCache ?? overwriteCache,
    },
  }
}

/** The inputs of a launch plan with those that it fixes. */
export function launchedInputs({ fixed }: DeclaredPlan, inputs: Uint8Array): Uint8Array<ArrayBuffer> {
  const literals = [...fixed].map(([name, value]) => ({ name, value }))
  // The fields of two messages, one after the other, are those of one.
  return new Uint8Array(Buffer.concat([inputs, toBinary(InputsSchema, create(InputsSchema, { literals }))]))
}
