import { FailedPreconditionError } from '@tern/core'
import { notDerived } from '../authoring/derived-task.ts'
import { definitionOf } from '../authoring/task.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { bundleFile } from './bundle-file.ts'
import { loadProgram } from './load-bundle.ts'

/**
 * A task whose types nobody has looked at, as it is in the bundle of the file that declares it. That is what a server runs, so
 * its interface is the one that counts.
 *
 * @throws BundleError when the file cannot be bundled, or its types have no wire form
 */
export async function derivedDefinition({ name, environment, options }: TaskDefinition): Promise<TaskDefinition> {
  const { declaredIn } = environment
  if (declaredIn === undefined) throw notDerived(name)
  const program = await loadProgram(await bundleFile(declaredIn))
  const task = program.tasks.get(name)
  if (task === undefined) {
    throw new FailedPreconditionError(`${declaredIn} declares the environment of task ${name}, but not the task`, {
      hint: 'Declare both in one file, or run it with `tern run FILE TASK`.',
    })
  }
  // The options may be those of an override.
  return { ...definitionOf(task), environment, options }
}
