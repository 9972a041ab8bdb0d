import { fromBinary } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError, toTimestamp } from '@tern/core'
import { EnrichedIdentitySchema } from '@tern/idl/common'
import {
  type LaunchPlan,
  type LaunchPlanIdentifier,
  type LaunchPlanService,
  LaunchPlanSpecSchema,
  type ListLaunchPlansRequest,
} from '@tern/idl/launchplan'
import { toIdentityBytes } from '../../identity/caller.ts'
import { interfaceOf, parametersOf } from '../../launch-plans/plan-inputs.ts'
import type { Plan } from '../../launch-plans/plans.ts'
import type { PlanKey, PlanScope, StoredPlan } from '../../store/launch-plans-repository.ts'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'
import { fromProjectIdentifier } from '../wire/identifiers.ts'
import { toRun } from '../wire/action-message.ts'

/** Launch plans, and their runs. */
export function createLaunchPlanService({
  launchPlans,
  runs,
  config,
}: ApiDomain): ServiceImpl<typeof LaunchPlanService> {
  const { org } = config

  function identityOf(context: HandlerContext): Uint8Array | null {
    const caller = callerOf(context, config)
    return caller === undefined ? null : toIdentityBytes(caller)
  }

  async function toMessage(plan: Plan): Promise<LaunchPlan> {
    const { spec, task } = plan
    const typed = interfaceOf(spec, task)
    return { ...(await toListed(plan)), parameters: parametersOf(spec, task), ...(typed && { interface: typed }) }
  }

  async function toListed({ key, spec, active, stored }: Omit<Plan, 'task' | 'taskKey'>): Promise<LaunchPlan> {
    const nextLaunchAt = spec.schedule && stored && (await launchPlans.nextLaunchAt(stored))
    return {
      $typeName: 'tern.launchplan.v1.LaunchPlan',
      id: { $typeName: 'tern.launchplan.v1.LaunchPlanIdentifier', org, ...key },
      // Default ones are made up of identifiers that have none.
      spec: { ...spec, ...(spec.taskId && { taskId: { ...spec.taskId, org } }) },
      active,
      parameters: [],
      isDefault: stored === undefined,
      ...(stored?.deployedBy && { deployedBy: fromBinary(EnrichedIdentitySchema, stored.deployedBy) }),
      ...(stored && { deployedAt: toTimestamp(stored.deployedAt) }),
      ...(typeof stored?.activatedAt === 'number' && { activatedAt: toTimestamp(stored.activatedAt) }),
      ...(nextLaunchAt !== undefined && { nextLaunchAt: toTimestamp(nextLaunchAt) }),
    }
  }

  return {
    async deployLaunchPlan({ id, spec, activate }, context) {
      if (spec === undefined) throw missing('spec')
      const plan = await launchPlans.deploy(toKey(id), spec, identityOf(context), { activate })
      return { launchPlan: await toMessage(plan) }
    },
    async getLaunchPlan({ id }) {
      return { launchPlan: await toMessage(await launchPlans.get(toKey(id))) }
    },
    async listLaunchPlans(request) {
      const scope = toScope(request)
      const page = await launchPlans.list(scope, request.request)
      const stored = await Promise.all(page.items.map((plan) => toListed(toPlan(plan))))
      // Beside the page, and with the first one.
      const { token = '', filters = [] } = request.request ?? {}
      const isWhole = token === '' && filters.length === 0
      const plan = isWhole && scope.kind === 'task' ? await launchPlans.defaultOf(scope.task) : undefined
      return { launchPlans: plan === undefined ? stored : [await toListed(plan), ...stored], token: page.token }
    },
    async activateLaunchPlan({ id }, context) {
      const key = toKey(id)
      const previousVersion = (await launchPlans.activate(key, identityOf(context))) ?? ''
      return { launchPlan: await toMessage(await launchPlans.get({ ...key, version: '' })), previousVersion }
    },
    async deactivateLaunchPlan({ id }, context) {
      return { previousVersion: (await launchPlans.deactivate(toKey(id), identityOf(context))) ?? '' }
    },
    async launch(request, context) {
      return { run: toRun(org, await runs.launch(toKey(request.id), request, callerOf(context, config))) }
    },
  }
}

function toPlan(stored: StoredPlan): Omit<Plan, 'task' | 'taskKey'> {
  return { key: stored.key, spec: fromBinary(LaunchPlanSpecSchema, stored.spec), active: stored.active, stored }
}

function toKey(id: LaunchPlanIdentifier | undefined): PlanKey {
  if (id === undefined) throw missing('id')
  const { project, domain, name, version } = id
  return { project, domain, name, version }
}

function toScope({ scope }: ListLaunchPlansRequest): PlanScope {
  switch (scope.case) {
    case 'projectId':
      return { kind: 'project', ...fromProjectIdentifier(scope.value) }
    case 'taskName': {
      const { project, domain, name } = scope.value
      return { kind: 'task', task: { project, domain, name } }
    }
    case 'versionsOf': {
      const { project, domain, name } = scope.value
      return { kind: 'versions', plan: { project, domain, name } }
    }
    default:
      throw missing('scope')
  }
}

function missing(field: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: value is required`, { field })
}
