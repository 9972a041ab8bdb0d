import { checkTaskName, checkTaskVersion, FailedPreconditionError } from '@tern/core'
import type { Schema, Schemas } from '../types/standard-schema.ts'
import { bindDeployedInterface } from '../types/task-interface.ts'
import { FunctionKind } from '../kinds/function-kind.ts'
import { checkDeployedTask } from './check-options.ts'
import { declaredOptions } from './effective-options.ts'
import type { CallInputs, CallResult } from './inference.ts'
import { createTask, type Task } from './task.ts'

/** A task that somebody deployed, in whatever language, and the part of its interface that callers use. */
export interface DeployedTaskOptions<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
> {
  /**
   * Full name: environment and function, with a dot between them. A task that Python declares by itself, such as a
   * `ContainerTask`, has the one name that it was given, without a dot.
   */
  readonly name: string
  /** Defaults to the version that is the latest when the child is made. */
  readonly version?: string | undefined
  /** Where it is deployed. Default to the project and the domain of the run, and on a client to the client's. */
  readonly project?: string | undefined
  readonly domain?: string | undefined
  /**
   * Schemas of the inputs that are given, by name. The others, and optional ones without a value, have the defaults that
   * they were deployed with.
   */
  readonly inputs?: I | undefined
  /** Schema of what it returns. */
  readonly output?: O | undefined
  /** Schemas of several outputs, by name, instead of `output`. A Python task calls them `o0`, `o1` and so on. */
  readonly outputs?: N | undefined
}

/**
 * A deployed task, to be called by others: its code stays where it is, and may be Python.
 *
 *     const train = deployedTask({ name: 'training.train', inputs: { epochs: z.int() }, output: z.number() })
 *
 * The server compares the inputs with those that the task was deployed with. Its options are those of its deployment, but for
 * what `override` says.
 *
 * @throws InvalidArgumentError naming the option that is wrong, or the schema that has no wire form
 */
export function deployedTask<
  I extends Schemas = {},
  O extends Schema | undefined = undefined,
  N extends Schemas | undefined = undefined,
>(options: DeployedTaskOptions<I, O, N>): Task<CallInputs<I>, CallResult<O, N>> {
  checkDeployedTask(options)
  const { name, version = '', project, domain } = options
  checkTaskName(name, 'name')
  if (version !== '') checkTaskVersion(version, 'version')
  const environment = name.slice(0, Math.max(0, name.lastIndexOf('.')))
  const functionName = name.slice(name.lastIndexOf('.') + 1)
  return createTask({
    environment: { name: environment, options: { name: environment } },
    name,
    functionName,
    deployed: { version, overridden: [], project, domain },
    kind: new FunctionKind(() => undefined),
    run: () => {
      throw new FailedPreconditionError(`task ${name} is deployed ${placeText(options)}, and its code is not here`, {
        hint: 'Call it from a task that runs on the server, or replace it in local runs: mockTask(task, …) of @tern/testing.',
      })
    },
    docs: {},
    interface: bindDeployedInterface(name, options),
    options: declaredOptions({ name: environment }, { name: functionName }),
  })
}

function placeText({ project, domain }: Pick<DeployedTaskOptions, 'project' | 'domain'>): string {
  const place = [project && `project ${project}`, domain && `domain ${domain}`].filter(Boolean)
  return place.length === 0 ? 'on a server' : `in ${place.join(', ')} of a server`
}
