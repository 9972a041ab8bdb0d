import type { TaskFailure } from '@tern/core'

/** Where a Python task ran. */
export interface PythonPlace {
  readonly workingDir: string
  /** Null for tasks of other languages. */
  readonly python: string | null
}

/** A failure in words that its task's author can do something with. */
export function explainPython(failure: TaskFailure, place: PythonPlace): TaskFailure {
  const { stack } = failure
  const explained = { ...failure, message: localPaths(withSummary(failure), place) + missingModule(failure, place) }
  return stack === undefined ? explained : { ...explained, stack: localPaths(stack, place) }
}

/** Code that cannot be loaded has its traceback for a message: what it comes to in the end is said first. */
function withSummary({ code, message }: TaskFailure): string {
  if (!/^\s*Full traceback:/.test(message)) return message
  const raised = message.split('\n').findLast((line) => line.startsWith(`${code}: `))
  return raised === undefined ? message : raised.slice(code.length + 2) + message
}

/** The author knows files as they are in the project, and not where they were unpacked. */
export function localPaths(text: string, { workingDir }: PythonPlace): string {
  const inside = new RegExp(`${workingDir.replace(/[^\w/]/g, '\\$&')}/(?:\\./)*`, 'g')
  return text.replace(inside, '').replace(sharedCode, '')
}

// Where the code of an environment for reuse is loaded from.
const sharedCode = /\/[^\s"']*\/\.warm\/servers\/\d+-code-\d+\//g

function missingModule({ code, message }: TaskFailure, { python }: PythonPlace): string {
  if (code !== 'ModuleNotFoundError' || python === null) return ''
  const name = /No module named '?([\w.]+)/.exec(message)?.[1] ?? /Module '([\w.]+)' not found/.exec(message)?.[1]
  const module = name?.split('.')[0]
  if (module === undefined) return ''
  return (
    `\n${module} is neither in the code bundle nor among the packages of ${python}. For a package: ` +
    `${python} -m pip install ${module}, or an image for the task's environment, as ` +
    `flyte.Image.from_debian_base().with_pip_packages("${module}"). For a file of yours: --copy-style all.`
  )
}
