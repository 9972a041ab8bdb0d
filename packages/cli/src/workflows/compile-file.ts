import { fromJson } from '@bufbuild/protobuf'
import { type Workflow as WireWorkflow, WorkflowSchema } from '@tern/idl/graph'
import type { AnyTask } from '@tern/sdk'
import { bundleFile, type BundleProgram, loadBundle } from '@tern/sdk/bundle'
import type { Workflow } from '@tern/sdk/workflows'
import type { CliIo } from '../io.ts'
import { chooseTask } from '../task-run/choose-task.ts'
import { CommandError, UsageError } from '../usage-error.ts'

/** A workflow of a file, compiled. */
export interface Compiled {
  readonly name: string
  /** SHA-256, in hex: equal graphs have equal digests. */
  readonly digest: string
  readonly warnings: readonly string[]
  readonly workflow: WireWorkflow
}

/**
 * Compiles a workflow of a file.
 *
 * @param name its export or full name; the only workflow of the file, if it is left out
 * @throws UsageError when the file has no such workflow
 * @throws CommandError with what is wrong in the graph
 */
export async function compileFile(file: string, name: string | undefined, io: CliIo): Promise<Compiled> {
  const program = await loadBundle(await bundleFile(file, { workingDirectory: io.cwd }))
  const workflow = chooseWorkflow(program, name, file)
  const compiled = compile(workflow)
  return {
    name: compiled.name,
    digest: compiled.digest,
    warnings: compiled.warnings,
    // Made by the bundle's own copy of the protocol.
    workflow: fromJson(WorkflowSchema, compiled.toJSON()),
  }
}

function compile(workflow: Workflow) {
  try {
    return workflow.compile()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { hint } = error as { readonly hint?: string }
    throw new CommandError(error.message, { hint, cause: error })
  }
}

function chooseWorkflow(program: BundleProgram, name: string | undefined, file: string): Workflow {
  const workflows = [...program.exportedTasks].filter(([, task]) => isWorkflow(task))
  const names = workflows.map(([exported]) => exported)
  if (name !== undefined) {
    const task = chooseTask(program, name, file)
    if (isWorkflow(task)) return task
    throw new UsageError(`${name} is a task, and no workflow`, { hint: workflowsOf(names) })
  }
  const [only, ...others] = workflows
  if (only !== undefined && others.length === 0) return only[1] as Workflow
  throw new UsageError(only === undefined ? `${file} exports no workflow` : `${file} has several workflows`, {
    hint: only === undefined ? 'Export what workflow(…) returns.' : `Say which: ${names.join(', ')}.`,
  })
}

function workflowsOf(names: readonly string[]): string {
  return names.length === 0 ? 'The file exports no workflow.' : `Its workflows are: ${names.join(', ')}.`
}

function isWorkflow(task: AnyTask): task is Workflow {
  return 'compile' in task && typeof task.compile === 'function'
}
