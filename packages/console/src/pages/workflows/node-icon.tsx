import type { Entity, Node } from '@tern/idl/graph'
import {
  CircleHelp,
  Equal,
  GitFork,
  type LucideIcon,
  MessageCircleQuestion,
  Repeat,
  Rocket,
  Sparkles,
  SquareFunction,
  Timer,
  Workflow,
} from 'lucide-react'

interface KindLook {
  readonly icon: LucideIcon
  readonly text: string
}

const task: KindLook = { icon: SquareFunction, text: 'task' }
const called: Readonly<Record<string, KindLook>> = {
  workflow: { icon: Workflow, text: 'workflow' },
  launchPlan: { icon: Rocket, text: 'launch plan' },
}
const looks: Readonly<Record<string, KindLook>> = {
  map: { icon: Repeat, text: 'for each item' },
  branch: { icon: GitFork, text: 'branch' },
  echo: { icon: Equal, text: 'value' },
  approval: { icon: MessageCircleQuestion, text: 'approval' },
  signal: { icon: MessageCircleQuestion, text: 'signal' },
  sleep: { icon: Timer, text: 'sleep' },
  dynamic: { icon: Sparkles, text: 'dynamic' },
}

function lookOf({ kind }: Node, entity: Entity | undefined): KindLook {
  if (kind.case === 'call') return called[entity?.kind.case ?? ''] ?? task
  return looks[kind.case ?? ''] ?? { icon: CircleHelp, text: 'of a newer version' }
}

/** What kind of node it is, by shape. */
export function NodeIcon({ node, entity }: { node: Node; entity: Entity | undefined }) {
  const { icon: Icon } = lookOf(node, entity)
  return <Icon size={15} className="shrink-0 text-muted" aria-hidden />
}

/** What kind of node it is, in a word or two. */
export function nodeKindText(node: Node, entity: Entity | undefined): string {
  return lookOf(node, entity).text
}
