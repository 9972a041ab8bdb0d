import { fromBinary } from '@bufbuild/protobuf'
import { checkWorkflow, workflowOfTemplate } from '@tern/core/workflow'
import type { TaskTemplate } from '@tern/idl/core'
import type { Workflow } from '@tern/idl/graph'
import { TaskSpecSchema } from '@tern/idl/task'
import type { SpecRecord } from '../engine/model.ts'

// A graph of ten thousand nodes takes a few dozen megabytes.
const kept = 32

/** Compiled workflows, read out of their specs and checked once. Those that were used last are kept. */
export class ParsedWorkflows {
  readonly #byDigest = new Map<string, Workflow>()

  /** Throws InvalidArgumentError for one that cannot be read, or is not sound. */
  of({ digest, bytes }: Pick<SpecRecord, 'digest' | 'bytes'>): Workflow {
    const known = this.#byDigest.get(digest)
    this.#byDigest.delete(digest)
    const workflow = known ?? this.ofTemplate(fromBinary(TaskSpecSchema, bytes).taskTemplate)
    this.#byDigest.set(digest, workflow)
    if (this.#byDigest.size > kept) this.#byDigest.delete(this.#byDigest.keys().next().value!)
    return workflow
  }

  /** Throws InvalidArgumentError for one that cannot be read, or is not sound. */
  ofTemplate(template: TaskTemplate | undefined): Workflow {
    const workflow = workflowOfTemplate(template)
    checkWorkflow(workflow, template?.interface)
    return workflow
  }
}
