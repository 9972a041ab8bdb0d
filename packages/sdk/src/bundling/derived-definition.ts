import { FailedPreconditionError } from '@tern/core'
import { notDerived } from '../authoring/derived-task.ts'
import { isPlainCall } from '../authoring/plain-call.ts'
import { definitionOf } from '../authoring/task.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { mayDeriveTasks } from '../derive/candidates.ts'
import type { BundleProgram } from '../runtime/bundle-program.ts'
import { bundleFile } from './bundle-file.ts'
import { loadProgram } from './load-bundle.ts'

/**
 * A task whose types nobody has looked at, as it is in the bundle of the file that declares it. That is what a server runs, so
 * its interface is the one that counts. One that declares nothing, and has nothing to declare, stays as it is.
 *
 * @param given for a run of it
 * @throws BundleError when the file cannot be bundled, or its types have no wire form
 */
export async function derivedDefinition(definition: TaskDefinition, given: unknown): Promise<TaskDefinition> {
  const { name, environment, options, untyped } = definition
  if (untyped === undefined || !mayHaveInterface(untyped, given)) return definition
  const { declaredIn } = environment
  if (declaredIn === undefined) throw notDerived(name)
  const program = await programOf(declaredIn)
  const task = program.tasks.get(name)
  if (task === undefined) {
    throw new FailedPreconditionError(`${declaredIn} declares the environment of task ${name}, but not the task`, {
      hint: 'Declare both in one file, or run it with `tern run FILE TASK`.',
    })
  }
  // The options may be those of an override.
  return { ...definitionOf(task), environment, options }
}

// Without types, what a function returns can be told from its source only, and what it takes from what it is given.
function mayHaveInterface({ fn, certain }: NonNullable<TaskDefinition['untyped']>, given: unknown): boolean {
  return certain || isPlainCall(fn, [given]) || mayDeriveTasks(`.task({}, ${fn.toString()})`)
}

// A file that this process has loaded does not change any more, as far as this process is concerned.
const programs = new Map<string, Promise<BundleProgram>>()

function programOf(file: string): Promise<BundleProgram> {
  let program = programs.get(file)
  if (program === undefined) {
    program = bundleFile(file).then(loadProgram)
    program.catch(() => programs.delete(file))
    programs.set(file, program)
  }
  return program
}
