import { systemClock } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { pino } from 'pino'
import { aSpec } from '../../engine/test/fixtures.ts'
import type { Executor, ExecutorHost } from '../../executors/executor.ts'
import { LaunchPlanExecutor, type LaunchPlanResolver } from '../../executors/in-process/launch-plan-executor.ts'
import { SleepExecutor } from '../../executors/in-process/sleep-executor.ts'
import { WorkflowExecutor } from '../../executors/in-process/workflow-executor.ts'
import { NodeChildren } from '../node-children.ts'
import { ParsedWorkflows } from '../parsed-workflows.ts'

const maxInlineBytes = 20_000

/** Runs `env.launched`, in production, whatever the launch plan is. */
const somePlans: LaunchPlanResolver = {
  launch: async (_run, _plan, inputs) => ({
    spec: aSpec('env.launched'),
    inputs,
    cacheKey: '',
    terms: { project: 'flytesnacks', domain: 'production' },
  }),
}

/** As the server has them. Tasks that are deployed are all `env.deployed`. */
export function workflowExecutors(
  host: ExecutorHost,
  storage: Storage,
  plans: LaunchPlanResolver = somePlans,
): ReadonlyArray<Executor> {
  const deployed = {
    resolve: async () => ({ spec: aSpec('env.deployed'), inputs: { bytes: new Uint8Array() }, cacheKey: '' }),
  }
  const clock = systemClock
  return [
    new WorkflowExecutor(host, {
      workflows: new ParsedWorkflows(),
      children: new NodeChildren({ deployed, storage, org: 'tern', maxInlineBytes }),
      storage,
      maxInlineBytes,
      maxBytes: 1_000_000,
      clock,
      logger: pino({ level: 'silent' }),
    }),
    new LaunchPlanExecutor(host, { plans, clock }),
    new SleepExecutor(host, { storage, clock }),
  ]
}
