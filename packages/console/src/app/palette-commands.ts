import { type ReactNode, useEffect, useSyncExternalStore } from 'react'

export interface PaletteCommand {
  readonly label: string
  readonly icon?: ReactNode
  readonly keys?: string | undefined
  readonly run: () => void
}

let commands: ReadonlyArray<PaletteCommand> = []
const listeners = new Set<() => void>()

function change(next: ReadonlyArray<PaletteCommand>): void {
  commands = next
  for (const listener of listeners) listener()
}

/** Adds what can be done on a page to the command palette, as long as the page is there. */
export function useCommands(added: ReadonlyArray<PaletteCommand>): void {
  useEffect(() => {
    change([...commands, ...added])
    return () => change(commands.filter((command) => !added.includes(command)))
  }, [added])
}

export function usePageCommands(): ReadonlyArray<PaletteCommand> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => commands,
  )
}
