import { type FunctionComponent, lazy, type LazyExoticComponent } from 'react'
import { noteConnection } from './connection.ts'

const againMs = 1_000

/**
 * A component whose code comes when it is first shown. While the server is away, it is waited for as for anything else that the
 * page shows; code that a server does not have fails.
 */
export function lazyPart<Name extends string, Props extends object>(
  load: () => Promise<Readonly<Record<Name, FunctionComponent<Props>>>>,
  name: Name,
): LazyExoticComponent<FunctionComponent<Props>> {
  return lazy(async () => ({ default: (await loadPart(load))[name] }))
}

async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  const waiting = {}
  try {
    for (;;) {
      try {
        return await load()
      } catch (error) {
        if (await isServerThere()) throw error
      }
      noteConnection(waiting, 'lost')
      await new Promise((resolve) => setTimeout(resolve, againMs))
    }
  } finally {
    noteConnection(waiting, 'live')
  }
}

/** Whether the server answers at all. */
export async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch('/healthz')).ok
  } catch {
    return false
  }
}
