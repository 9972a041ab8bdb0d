import { join } from 'node:path'
import type { Clock } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { Logger } from 'pino'
import type { createImages } from '../images/create-images.ts'
import { DeployedChildren } from '../runs/deployed-children.ts'
import type { SecretVault } from '../secrets/secret-vault.ts'
import type { Repositories } from '../store/repositories.ts'
import { version } from '../version.ts'
import { NodeChildren } from '../workflows/node-children.ts'
import { ParsedWorkflows } from '../workflows/parsed-workflows.ts'
import type { Executor, ExecutorHost } from './executor.ts'
import { ImageBuildExecutor } from './in-process/image-build-executor.ts'
import { LaunchPlanExecutor, type LaunchPlanResolver } from './in-process/launch-plan-executor.ts'
import { SleepExecutor } from './in-process/sleep-executor.ts'
import { WorkflowExecutor } from './in-process/workflow-executor.ts'
import { LocalProcessExecutor } from './local-process/local-process-executor.ts'
import { LocalWorkerExecutor } from './local-worker/local-worker-executor.ts'

export interface ExecutorsParts extends Pick<ReturnType<typeof createImages>, 'images' | 'interpreters'> {
  readonly options: ExecutorsOptions
  readonly dataDir: string
  readonly config: {
    readonly org: string
    readonly maxInlineBytes: number
  }
  /** Largest inputs, in bytes. */
  readonly maxInputBytes: number
  readonly storage: Storage
  readonly repositories: Pick<Repositories, 'tasks'>
  readonly secrets: SecretVault
  readonly plans: LaunchPlanResolver
  /** Where processes of this machine reach the server: `host:port`. */
  readonly endpoint: () => string
  readonly clock: Clock
  readonly logger: Logger
}

/** See ServerOptions. */
export interface ExecutorsOptions {
  readonly maxWorkersPerPool?: number | undefined
  readonly workerIdleMs?: number | undefined
  readonly warmPython?: boolean | undefined
  readonly abortGraceMs?: number | undefined
}

/** Everything that a server runs tasks with, in the order that they are asked in. */
export function createExecutors(parts: ExecutorsParts): (host: ExecutorHost) => ReadonlyArray<Executor> {
  const { options, dataDir, config, storage, secrets, clock, logger, maxInputBytes } = parts
  const { org, maxInlineBytes } = config
  const shared = { graceMs: options.abortGraceMs, idleMs: options.workerIdleMs, secrets, clock }
  const deployed = new DeployedChildren({
    repository: parts.repositories.tasks,
    storage,
    org,
    maxInlineBytes,
    maxInputBytes,
  })
  const workflows = new ParsedWorkflows()
  const children = new NodeChildren({ deployed, storage, org, maxInlineBytes })
  return (host) => [
    new SleepExecutor(host, { storage, clock }),
    new ImageBuildExecutor(host, { images: parts.images, storage, clock }),
    new WorkflowExecutor(host, {
      workflows,
      children,
      storage,
      maxInlineBytes,
      maxBytes: maxInputBytes,
      clock,
      logger: logger.child({ part: 'workflows' }),
    }),
    new LaunchPlanExecutor(host, { plans: parts.plans, clock }),
    new LocalWorkerExecutor(host, {
      ...shared,
      org,
      serverVersion: version,
      maxWorkersPerPool: options.maxWorkersPerPool,
      maxInlineBytes,
      secretsDir: join(dataDir, 'work', '.worker-secrets'),
      deployed,
      logger: logger.child({ part: 'local-worker' }),
    }),
    new LocalProcessExecutor(host, {
      ...shared,
      org,
      storage,
      workDir: join(dataDir, 'work'),
      interpreters: parts.interpreters,
      warmPython: options.warmPython,
      endpoint: parts.endpoint,
      logger: logger.child({ part: 'local-process' }),
    }),
  ]
}
