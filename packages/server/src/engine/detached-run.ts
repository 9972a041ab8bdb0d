import { createHash } from 'node:crypto'
import { clone, create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { LabelsSchema, type RunSpec, RunSpecSchema } from '@tern/idl/task'
import type { ChildRequest, ChildRunTerms } from '../executors/executor.ts'
import type { ActionEntry } from './entries.ts'
import type { NewRun } from './model.ts'

// As names that are chosen at random have them: no words, and nothing to be mistaken for something else.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const nameLength = 19

/** Labels of a detached run: where it comes from. */
const detachedLabels = { run: 'detached-from-run', action: 'detached-from-action' } as const

/** Labels of the run of a launch plan: which one. */
export const planLabels = { name: 'launch-plan', version: 'launch-plan-version' } as const

/**
 * The run that an action starts and leaves to itself. Whatever asks for it again, the same run is meant: its name and its request
 * follow from the action and the name of the call.
 */
export function detachedRunOf(parent: ActionEntry, child: ChildRequest, terms: ChildRunTerms = parent.run.key): NewRun {
  const { record } = parent.run
  const request = `${record.id}/${child.name}`
  const name = detachedRunName(record.id, child.name)
  const { project, domain, launchPlan, maxRuns, toRunSpec = (inherited) => inherited, toRunBase } = terms
  const key = { project, domain, run: name }
  return {
    key,
    source: record.source,
    spec: child.spec,
    runSpec: toBinary(RunSpecSchema, toRunSpec(runSpecOf(parent, child.queue))),
    inputs: child.inputs,
    cacheKey: child.cacheKey,
    requestDigest: `detached/${request}`,
    runBase: toRunBase?.(key) ?? `${record.runBase.slice(0, record.runBase.lastIndexOf('/'))}/${name}`,
    ...(launchPlan && { launchPlan }),
    ...(maxRuns !== undefined && { maxRuns }),
    ...(record.createdBy !== null && {
      createdBy: { subject: record.createdBySubject ?? '', bytes: record.createdBy },
    }),
  }
}

/** The name of the run that an action of a run starts, by the name that it has for it. */
export function detachedRunName(runId: number, child: string): string {
  const digest = createHash('sha256').update(`${runId}/${child}`).digest()
  return `d${Array.from(digest.subarray(0, nameLength), (byte) => alphabet[byte % alphabet.length]).join('')}`
}

/** What was said for the run of its parent holds for it too, but for what that run itself comes from. */
function runSpecOf({ run, name, queue }: ActionEntry, chosenQueue: string): RunSpec {
  const spec = clone(RunSpecSchema, fromBinary(RunSpecSchema, run.record.runSpec))
  // Whoever wanted to hear of the parent's end has heard of it.
  spec.notificationSettings = { case: undefined }
  spec.relation = undefined
  spec.relatedTo = undefined
  spec.recover = undefined
  spec.runStartTime = undefined
  spec.queue = chosenQueue || queue || spec.queue
  // The launch plan of its parent is not its own.
  const { [planLabels.name]: _plan, [planLabels.version]: _version, ...labels } = spec.labels?.values ?? {}
  spec.labels = create(LabelsSchema, {
    values: { ...labels, [detachedLabels.run]: run.key.run, [detachedLabels.action]: name },
  })
  return spec
}
