import { create } from '@bufbuild/protobuf'
import { RelationSchema, RelationType } from '@tern/idl/common'
import type { DataSource } from '../../../data/stored-data.tsx'
import { startRun } from '../../tasks/launch/launch-target.ts'
import { type Executed, loadExecuted } from './executed.ts'

/** Of a run, `recover` takes over what succeeded and executes the rest; `rerun` executes everything again. */
export type Again = 'rerun' | 'recover'

/** Starts what an action executed as a run of its own: the same code with the same inputs. @returns its name */
export async function startAgain(source: DataSource, again: Again): Promise<string> {
  const executed = await loadExecuted(source)
  const { spec, inputs, runSpec } = executed
  const request = { inputs, runSpec: { ...runSpec, relation: relationTo(executed, again) }, name: '' }
  return startRun(source, { case: 'taskSpec', value: spec }, request)
}

export function relationTo({ runId }: Executed, again: Again) {
  const relationType = again === 'recover' ? RelationType.RECOVER : RelationType.RERUN
  return create(RelationSchema, { relatedTo: runId, relationType })
}
