import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { taskIdentity } from '@tern/core'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { type Caching, cachingOf } from '../authoring/caching.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { type SpecLocation, toTaskSpec } from '../authoring/task-spec.ts'
import type { FrameWriter } from './frame-writer.ts'
import type { Assignment } from './assignment.ts'

/** What calling a task costs once per connection: its spec, written and sent, and what names are made of. */
export interface ChildSpec {
  readonly ref: number
  /** Stands for the task in the names of its actions. */
  readonly identity: string
  readonly caching: Caching
}

/** The specs that a worker has sent, per place that tasks belong to. */
export class ChildSpecs {
  private readonly out: FrameWriter
  private readonly places = new Map<string, { location: SpecLocation; specs: Map<TaskDefinition, ChildSpec> }>()
  private lastRef = 0

  constructor(out: FrameWriter) {
    this.out = out
  }

  /** The place that children of an attempt belong to: that of the attempt's own task. */
  placeOf(assignment: Assignment, bundleUri: string, imagesText = ''): ChildPlace {
    const org = assignment.text('org')
    const project = assignment.text('project')
    const domain = assignment.text('domain')
    const version = assignment.text('taskVersion')
    const key = `${org}/${project}/${domain}/${version}/${bundleUri}/${imagesText}`
    let place = this.places.get(key)
    if (place === undefined) {
      const images = imagesText === '' ? undefined : (JSON.parse(imagesText) as Record<string, string>)
      place = { location: { org, project, domain, version, bundleUri, images }, specs: new Map() }
      this.places.set(key, place)
    }
    const { location, specs } = place
    return { location, specOf: (definition) => specs.get(definition) ?? this.define(definition, location, specs) }
  }

  private define(definition: TaskDefinition, location: SpecLocation, specs: Map<TaskDefinition, ChildSpec>): ChildSpec {
    const ref = definition.deployed === undefined ? this.send(definition, location) : 0
    const caching = cachingOf(definition)
    const {
      name,
      interface: { hash },
    } = definition
    const identity = taskIdentity({ taskName: name, interfaceHash: hash, discoveryVersion: caching.version })
    const spec = { ref, identity, caching }
    specs.set(definition, spec)
    return spec
  }

  private send(definition: TaskDefinition, location: SpecLocation): number {
    const ref = ++this.lastRef
    this.out.spec(ref, toBinary(TaskSpecSchema, toTaskSpec(definition, location)))
    return ref
  }
}

export interface ChildPlace {
  readonly location: SpecLocation
  specOf(definition: TaskDefinition): ChildSpec
}

/** The specs that the server has sent, read when they are first needed. */
export class ServerSpecs {
  private readonly bytes = new Map<number, Uint8Array>()
  private readonly specs = new Map<number, TaskSpec>()

  add(ref: number, taskSpec: Uint8Array): void {
    this.bytes.set(ref, taskSpec)
    this.specs.delete(ref)
  }

  get(ref: number): TaskSpec | undefined {
    const known = this.specs.get(ref)
    const bytes = this.bytes.get(ref)
    if (known !== undefined || bytes === undefined) return known
    const spec = fromBinary(TaskSpecSchema, bytes)
    this.specs.set(ref, spec)
    return spec
  }
}
