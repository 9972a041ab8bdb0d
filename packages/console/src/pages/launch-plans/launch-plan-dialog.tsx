import { create } from '@bufbuild/protobuf'
import { createClient } from '@connectrpc/connect'
import { type LaunchPlan, LaunchPlanService } from '@tern/idl/launchplan'
import { TaskSpecSchema } from '@tern/idl/task'
import { transport } from '../../api/transport.ts'
import { LaunchDialog } from '../tasks/launch/launch-dialog.tsx'
import type { LaunchTarget } from '../tasks/launch/launch-target.ts'

const plans = createClient(LaunchPlanService, transport)

/** The form that starts a run of a launch plan: without what it fixes, filled with its defaults. */
export function LaunchPlanDialog({ plan, onClose }: { plan: LaunchPlan; onClose: () => void }) {
  return <LaunchDialog target={planTarget(plan)} onClose={onClose} />
}

function planTarget({ id, interface: typed, parameters, isDefault }: LaunchPlan): LaunchTarget {
  const { org = '', project = '', domain = '', name = '', version = '' } = id ?? {}
  return {
    title: `Launch ${name}`,
    description: isDefault ? undefined : `Version ${version}`,
    scope: { project, domain },
    spec: create(TaskSpecSchema, {
      taskTemplate: typed === undefined ? {} : { interface: typed },
      defaultInputs: parameters.filter(({ parameter }) => parameter?.behavior.case === 'default'),
    }),
    start: async ({ inputs, runSpec, name: runName }) => {
      const { run } = await plans.launch({ id: { org, project, domain, name, version }, runName, inputs, runSpec })
      return run?.action?.id?.run?.name ?? ''
    },
  }
}
