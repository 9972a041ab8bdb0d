import type { FoundNode } from '../../flow/find-nodes.ts'

/** What stands below the name of a node: what it calls, where that has another name, or what it does. Empty for nothing. */
export function calledText({ node, entity, title }: FoundNode): string {
  const { kind } = node
  switch (kind.case) {
    case 'map':
      return [
        `each of ${kind.value.over.join(', ')}`,
        kind.value.concurrency > 0 && `${kind.value.concurrency} at once`,
      ]
        .filter(Boolean)
        .join(', ')
    case 'approval':
    case 'signal':
      return kind.value.condition?.prompt ?? ''
    case 'call': {
      const name = nameOf(entity)
      return name === title ? '' : name
    }
    default:
      return ''
  }
}

function nameOf(entity: FoundNode['entity']): string {
  switch (entity?.kind.case) {
    case 'task':
      return entity.kind.value.taskTemplate?.id?.name ?? ''
    case 'deployedTask':
    case 'launchPlan':
      return entity.kind.value.name
    case 'workflow': {
      const count = entity.kind.value.nodes.length
      return count === 1 ? '1 node' : `${count} nodes`
    }
    default:
      return ''
  }
}
