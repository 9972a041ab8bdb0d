import { compareWorkflows, type WorkflowDifference, workflowOfTemplate, workflowTaskType } from '@tern/core/workflow'
import type { Workflow } from '@tern/idl/graph'
import type { TernClient } from '@tern/sdk/client'
import { findDeployedTask } from '../flags/deployed-task.ts'
import type { CliIo } from '../io.ts'
import type { TextStyle } from '../output/print-result.ts'
import { CommandError } from '../usage-error.ts'
import { compileFile } from './compile-file.ts'

/** What `tern diff` says, also as `-o json`. */
export interface DiffView {
  readonly workflow: string
  /** A version, or a file. */
  readonly before: string
  readonly after: string
  readonly differences: readonly WorkflowDifference[]
}

export interface DiffRequest {
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
  readonly file: string | undefined
  readonly client: TernClient
  readonly io: CliIo
}

/** Compares two versions of a deployed workflow, or one with a file. */
export async function diff({ name, before, after, file, client, io }: DiffRequest): Promise<DiffView> {
  if (file !== undefined) {
    const old = await deployedWorkflow(client, name, before)
    const { workflow } = await compileFile(file, name, io)
    return { workflow: name, before: old.version, after: file, differences: compareWorkflows(old.workflow, workflow) }
  }
  const [from, to] = before === undefined ? await newestTwo(client, name) : [before, after]
  const [old, current] = await Promise.all([deployedWorkflow(client, name, from), deployedWorkflow(client, name, to)])
  return {
    workflow: name,
    before: old.version,
    after: current.version,
    differences: compareWorkflows(old.workflow, current.workflow),
  }
}

async function deployedWorkflow(
  client: TernClient,
  name: string,
  wanted: string | undefined,
): Promise<{ readonly version: string; readonly workflow: Workflow }> {
  const { version, spec } = await findDeployedTask(client, wanted === undefined ? { name } : { name, version: wanted })
  const template = spec.taskTemplate
  if (template?.type !== workflowTaskType) {
    throw new CommandError(`${name} is a task of the type ${template?.type}, and no workflow`, {
      hint: `tern get task ${name} shows it.`,
    })
  }
  return { version, workflow: workflowOfTemplate(template) }
}

async function newestTwo(client: TernClient, name: string): Promise<readonly [string, string]> {
  const versions: string[] = []
  for await (const { version } of client.listVersions(name, { limit: 2 })) versions.push(version)
  const [newest, previous] = versions
  if (newest === undefined) await findDeployedTask(client, { name })
  if (newest === undefined || previous === undefined) {
    throw new CommandError(`${name} has one version only, ${newest}`, {
      hint: 'Compare it with a file: tern diff WORKFLOW --file FILE.',
    })
  }
  return [previous, newest]
}

const signs = { added: '+', removed: '-', changed: '~' } as const

export function diffText({ workflow, before, after, differences }: DiffView, { colors }: TextStyle): string {
  if (differences.length === 0) return `${workflow}: nothing is different between ${before} and ${after}.\n`
  const paint = { added: colors.green, removed: colors.red, changed: colors.yellow }
  const lines = differences.flatMap(({ path, change, title, details }) => [
    paint[change](`${signs[change]} ${path === '' ? 'the workflow' : `${path}  ${title}`}`),
    ...details.map(({ field, before: was, after: is }) => `    ${field}: ${shown(was)} → ${shown(is)}`),
  ])
  return [`${workflow}, ${before} → ${after}`, '', ...lines, ''].join('\n')
}

function shown(text: string): string {
  return text === '' ? '(nothing)' : text
}
