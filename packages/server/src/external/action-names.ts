import type { ActionKey, RunKey } from '../engine/model.ts'

/** A run's key as one text. */
export function runOf({ project, domain, run }: RunKey): string {
  return `${project}/${domain}/${run}`
}

/** An action's key as one text. */
export function nameOf(key: ActionKey): string {
  return `${runOf(key)}/${key.action}`
}
