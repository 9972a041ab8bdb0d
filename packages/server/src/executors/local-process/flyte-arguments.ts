/** What the arguments of Flyte's entry point say about the code that it is to load. */
export interface TaskCode {
  /** Where the code bundle is stored, if it is one that is unpacked into the working folder. */
  readonly bundleUri: string | undefined
  /** The module that has the task. */
  readonly module: string | undefined
}

const usualResolver = 'flyte._internal.resolvers.default.DefaultTaskResolver'

/** Reads `a0 … --tgz URI --dest . --resolver R mod MODULE instance NAME`. */
export function taskCodeOf(argv: ReadonlyArray<string>): TaskCode {
  const valueOf = (flag: string) => (argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined)
  const resolverArgs = valueOf('--resolver') === usualResolver ? argv.slice(argv.indexOf('--resolver') + 2) : []
  return {
    bundleUri: (valueOf('--dest') ?? '.') === '.' ? valueOf('--tgz') : undefined,
    module: resolverArgs[0] === 'mod' ? resolverArgs[1] : undefined,
  }
}
