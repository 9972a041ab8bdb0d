import { create } from '@bufbuild/protobuf'
import { createClient } from '@connectrpc/connect'
import type { RunIdentifier } from '@tern/idl/common'
import { DataProxyService } from '@tern/idl/dataproxy'
import { type Inputs, type RunSpec, RunSpecSchema, type TaskSpec } from '@tern/idl/task'
import { RunService } from '@tern/idl/workflow'
import { transport } from '../../../api/transport.ts'
import type { DataSource } from '../../../data/stored-data.tsx'

const runs = createClient(RunService, transport)
const data = createClient(DataProxyService, transport)

/** What an action executed, and how its run was made. */
export interface Executed {
  readonly runId: RunIdentifier
  readonly spec: TaskSpec
  readonly inputs: Inputs
  /** Without what was said of that run alone. */
  readonly runSpec: RunSpec
}

/** Throws for what is no task, and for inputs that are gone. */
export async function loadExecuted({ project, domain, run, action }: DataSource): Promise<Executed> {
  const runId = { org: '', project, domain, name: run }
  const actionId = { name: action, run: runId }
  const [{ details: ofRun }, { details }, { inputs }] = await Promise.all([
    runs.getRunDetails({ runId }),
    runs.getActionDetails({ actionId }),
    data.getActionData({ actionId }),
  ])
  if (details?.spec.case !== 'task') throw new Error('Only tasks can be started again.')
  if (inputs === undefined) throw new Error('The server no longer has the inputs.')
  const id = ofRun?.action?.id?.run ?? details.id?.run
  if (id === undefined) throw new Error('The server does not say which run this is.')
  return { runId: id, spec: details.spec.value, inputs, runSpec: kept(ofRun?.runSpec) }
}

function kept(spec: RunSpec | undefined): RunSpec {
  const { relatedTo: _, relation: __, recover: ___, runStartTime: ____, ...rest } = spec ?? create(RunSpecSchema)
  return rest
}
