import { create } from '@bufbuild/protobuf'
import { createClient } from '@connectrpc/connect'
import { RelationSchema, RelationType } from '@tern/idl/common'
import { DataProxyService } from '@tern/idl/dataproxy'
import { type RunSpec, RunSpecSchema } from '@tern/idl/task'
import { RunService, RunSource } from '@tern/idl/workflow'
import { transport } from '../../../api/transport.ts'
import type { DataSource } from '../../../data/stored-data.tsx'

const runs = createClient(RunService, transport)
const data = createClient(DataProxyService, transport)

/** Of a run, `recover` takes over what succeeded and executes the rest; `rerun` executes everything again. */
export type Again = 'rerun' | 'recover'

/** Starts what an action executed as a run of its own: the same code with the same inputs. @returns its name */
export async function startAgain({ project, domain, run, action }: DataSource, again: Again): Promise<string> {
  const runId = { org: '', project, domain, name: run }
  const actionId = { name: action, run: runId }
  const [{ details: ofRun }, { details }, { inputs }] = await Promise.all([
    runs.getRunDetails({ runId }),
    runs.getActionDetails({ actionId }),
    data.getActionData({ actionId }),
  ])
  if (details?.spec.case !== 'task') throw new Error('Only tasks can be started again.')
  if (inputs === undefined) throw new Error('The server no longer has the inputs.')
  const relation = create(RelationSchema, {
    relatedTo: ofRun?.action?.id?.run ?? runId,
    relationType: again === 'recover' ? RelationType.RECOVER : RelationType.RERUN,
  })
  const started = await runs.createRun({
    id: { case: 'projectId', value: { organization: '', name: project, domain } },
    task: { case: 'taskSpec', value: details.spec.value },
    inputWrapper: { case: 'inputs', value: inputs },
    runSpec: { ...kept(ofRun?.runSpec), relation },
    source: RunSource.WEB,
  })
  return started.run?.action?.id?.run?.name ?? ''
}

/** How the run was made, without what was said of that one alone. */
function kept(spec: RunSpec | undefined): RunSpec {
  const { relatedTo: _, recover: __, runStartTime: ___, ...rest } = spec ?? create(RunSpecSchema)
  return rest
}
