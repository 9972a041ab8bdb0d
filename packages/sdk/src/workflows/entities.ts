import { create } from '@bufbuild/protobuf'
import { type Entity, EntitySchema, type Graph, type Node } from '@tern/idl/graph'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { type SpecLocation, toTaskSpec } from '../authoring/task-spec.ts'
import type { SourcePosition } from './source-position.ts'

/** Something that nodes call. */
export type EntityTarget =
  | { readonly kind: 'task'; readonly definition: TaskDefinition }
  | {
      readonly kind: 'workflow'
      readonly graph: { toGraph(entities: EntityTable): Graph }
      /** The task that it is where it is called by itself. */
      readonly definition: TaskDefinition
    }
  | {
      readonly kind: 'reference'
      /** One that is deployed with the workflow is known where that is. */
      readonly entity: Entity | ((location: SpecLocation) => Entity)
      readonly definition: TaskDefinition
    }

/** What the nodes of one workflow call, each once, in the order of their first use. */
export class EntityTable {
  readonly entities: Entity[] = []
  /** What stands behind each entity in this process. */
  readonly targets: EntityTarget[] = []
  /** Where the nodes are made that have been written. */
  readonly positions: (readonly [node: Node, position: SourcePosition])[] = []
  private readonly location: SpecLocation
  private readonly indexes = new Map<object, number>()

  constructor(location: SpecLocation) {
    this.location = location
  }

  indexOf(target: EntityTarget): number {
    const key = target.kind === 'workflow' ? target.graph : target.definition
    const known = this.indexes.get(key)
    if (known !== undefined) return known
    const index = this.entities.length
    this.indexes.set(key, index)
    this.targets.push(target)
    // A workflow's own entities come behind it.
    this.entities.push(create(EntitySchema))
    this.entities[index] = this.toEntity(target)
    return index
  }

  private toEntity(target: EntityTarget): Entity {
    switch (target.kind) {
      case 'task':
        return create(EntitySchema, { kind: { case: 'task', value: toTaskSpec(target.definition, this.location) } })
      case 'workflow':
        return create(EntitySchema, { kind: { case: 'workflow', value: target.graph.toGraph(this) } })
      case 'reference':
        return typeof target.entity === 'function' ? target.entity(this.location) : target.entity
    }
  }
}
