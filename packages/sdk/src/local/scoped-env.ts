import { currentScope } from '../authoring/context.ts'

let real: NodeJS.ProcessEnv | undefined

/** The variables of this process, without those of the task that runs here. */
export function realEnv(): NodeJS.ProcessEnv {
  return real ?? process.env
}

/**
 * Shows the code of each attempt its own variables in `process.env`: tasks of a local run share one process, and on a server
 * each environment has processes of its own.
 *
 * @returns ends it
 */
export function scopeEnv(): () => void {
  const before = process.env
  const scoped = new Proxy(before, {
    get: (target, name) => own(name) ?? Reflect.get(target, name),
    has: (target, name) => own(name) !== undefined || Reflect.has(target, name),
    set(target, name, value) {
      const variables = variablesHere()
      if (variables !== undefined && typeof name === 'string' && name in variables) variables[name] = String(value)
      else target[name as string] = value as string
      return true
    },
    deleteProperty(target, name) {
      const variables = variablesHere()
      if (variables !== undefined && typeof name === 'string') delete variables[name]
      return Reflect.deleteProperty(target, name)
    },
    ownKeys: (target) => [...new Set([...Reflect.ownKeys(target), ...Object.keys(variablesHere() ?? {})])],
    getOwnPropertyDescriptor(target, name) {
      const value = own(name)
      return value === undefined
        ? Reflect.getOwnPropertyDescriptor(target, name)
        : { value, writable: true, enumerable: true, configurable: true }
    },
  })
  real = before
  process.env = scoped
  return () => {
    if (process.env === scoped) process.env = before
    real = undefined
  }
}

function own(name: string | symbol): string | undefined {
  const variables = variablesHere()
  return typeof name === 'string' && variables !== undefined && Object.hasOwn(variables, name)
    ? variables[name]
    : undefined
}

function variablesHere(): Record<string, string> | undefined {
  return currentScope()?.parent?.variables
}
