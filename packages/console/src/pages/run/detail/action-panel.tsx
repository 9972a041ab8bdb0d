import type { Scope } from '../../../app/scope.ts'

export interface ActionPanelProps {
  readonly scope: Scope
  readonly run: string
  /** The action's name, or a group's id. */
  readonly id: string
  readonly onClose: () => void
}

export function ActionPanel({ id }: ActionPanelProps) {
  return <aside className="w-full border-l border-line bg-surface md:w-[46%]">{id}</aside>
}
