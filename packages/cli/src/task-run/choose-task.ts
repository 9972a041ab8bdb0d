import type { AnyTask } from '@tern/sdk'
import type { BundleProgram } from '@tern/sdk/bundle'
import { suggest } from '../flags/suggest.ts'
import { UsageError } from '../usage-error.ts'

/**
 * The task, or the launch plan, of a file by what people call it: its export, its full name, or the function's part of that.
 *
 * @throws UsageError when the file has no such task, or several
 */
export function chooseTask(program: BundleProgram, name: string, file: string): AnyTask {
  const exported = program.exportedTasks.get(name) ?? program.tasks.get(name) ?? program.launchPlans.get(name)
  if (exported !== undefined) return exported
  const matching = [...program.tasks.values()].filter((task) => task.name.slice(task.name.indexOf('.') + 1) === name)
  const [match, ...others] = matching
  if (match !== undefined && others.length === 0) return match
  if (match !== undefined) {
    throw new UsageError(`${file} has several tasks called ${name}`, {
      hint: `Say which: ${matching.map((task) => task.name).join(', ')}.`,
    })
  }
  throw unknownTask(program, name, file)
}

function unknownTask(program: BundleProgram, name: string, file: string): UsageError {
  const names = [...program.exportedTasks.keys()]
  const similar = suggest(name, [...names, ...program.tasks.keys(), ...program.launchPlans.keys()])
  return new UsageError(`${file} has no task ${name}`, {
    hint: similar === undefined ? `Its tasks are: ${names.join(', ')}.` : `Did you mean ${similar}?`,
  })
}
