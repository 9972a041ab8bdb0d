import { fromBinary } from '@bufbuild/protobuf'
import { inputsHash, nameLimits, truncateText } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { StartEffect } from '@tern/core/workflow'
import { InputsSchema, type TaskSpec } from '@tern/idl/task'
import { storeInputs } from '../data/offloaded-inputs.ts'
import type { ActionData, RunKey } from '../engine/model.ts'
import type { ChildRequest } from '../executors/executor.ts'
import { rootCacheKey } from '../runs/root-cache-key.ts'
import { type NodeParent, nodeActionName } from './node-names.ts'
import { NodeTasks } from './node-tasks.ts'

/** A task that is deployed, as somebody else finds it. */
export interface DeployedResolver {
  resolve(
    run: RunKey,
    task: { readonly name: string; readonly version: string; readonly change?: (spec: TaskSpec) => TaskSpec },
    inputs: ActionData,
  ): Promise<Pick<ChildRequest, 'spec' | 'inputs' | 'cacheKey'>>
}

export interface NodeChildrenParts {
  readonly deployed: DeployedResolver
  readonly storage: Storage
  readonly org: string
  readonly maxInlineBytes: number
}

/** What nodes start, as children of the action that is their workflow. */
export class NodeChildren {
  readonly #parts: NodeChildrenParts
  readonly #tasks = new NodeTasks()

  constructor(parts: NodeChildrenParts) {
    this.#parts = parts
  }

  /**
   * The request for a node's action, at once where nothing has to be looked up or stored for it.
   *
   * Throws InvalidArgumentError for overrides that its task does not take, NotFoundError for a task that is not deployed.
   */
  request(effect: StartEffect, parent: NodeParent, round: number): ChildRequest | Promise<ChildRequest> {
    const { run, identity } = this.#tasks.of(effect)
    const common = {
      name: nodeActionName(effect, identity, parent, round),
      group: truncateText(effect.group, nameLimits.group),
      queue: '',
    }
    if (run.kind === 'deployed') return this.#deployed(effect, parent, common, run)
    const cacheKey = run.spec === null ? '' : cacheKeyOf(run.spec, effect.inputs)
    const child = { ...common, spec: run.record, cacheKey }
    const inputs = this.#place(effect.inputs, parent.run)
    return inputs instanceof Promise ? inputs.then((data) => ({ ...child, inputs: data })) : { ...child, inputs }
  }

  async #deployed(
    { inputs }: StartEffect,
    { run }: NodeParent,
    common: Pick<ChildRequest, 'name' | 'group' | 'queue'>,
    { task, change }: { readonly task: DeployedName; readonly change: (spec: TaskSpec) => TaskSpec },
  ): Promise<ChildRequest> {
    const place = { ...run, project: task.project || run.project, domain: task.domain || run.domain }
    const { name, version } = task
    const found = await this.#parts.deployed.resolve(place, { name, version, change }, { bytes: inputs })
    return { ...common, ...found }
  }

  #place(bytes: Uint8Array, { project, domain }: RunKey): ActionData | Promise<ActionData> {
    const { storage, org, maxInlineBytes } = this.#parts
    if (bytes.length <= maxInlineBytes) return { bytes }
    return storeInputs(storage, { baseDir: '', org, project, domain }, bytes).then((uri) => ({ uri }))
  }
}

interface DeployedName {
  readonly project: string
  readonly domain: string
  readonly name: string
  readonly version: string
}

function cacheKeyOf(spec: TaskSpec, inputs: Uint8Array): string {
  const metadata = spec.taskTemplate?.metadata
  if (metadata?.discoverable !== true) return ''
  return rootCacheKey(spec, inputsHash(fromBinary(InputsSchema, inputs).literals, metadata.cacheIgnoreInputVars))
}
