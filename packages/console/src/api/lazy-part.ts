import { type FunctionComponent, lazy, type LazyExoticComponent } from 'react'
import { noteConnection } from './connection.ts'
import { reloadOr } from './reload.ts'
import { isServerThere } from './server-there.ts'

const againMs = 1_000

/**
 * A component whose code comes when it is first shown. While the server is away, it is waited for as for anything else that the
 * page shows. When the server does not have it any more, the page is loaded anew.
 */
export function lazyPart<Name extends string, Props extends object>(
  load: () => Promise<Readonly<Record<Name, FunctionComponent<Props>>>>,
  name: Name,
): LazyExoticComponent<FunctionComponent<Props>> {
  const loadPart = untilThere(load)
  return lazy(async () => ({ default: (await loadPart().catch(reloadOr))[name] }))
}

/** A loader of code that tries again while the server is away. It throws when a server that is there does not have the code. */
export function untilThere<Part>(load: () => Promise<Part>): () => Promise<Part> {
  return async () => {
    const waiting = {}
    // What fails while the server comes back is tried once more.
    let wasThere = false
    try {
      for (;;) {
        try {
          return await load()
        } catch (error) {
          const isThere = await isServerThere()
          if (isThere && wasThere) throw error
          wasThere = isThere
        }
        if (wasThere) continue
        noteConnection(waiting, 'lost')
        await new Promise((resolve) => setTimeout(resolve, againMs))
      }
    } finally {
      noteConnection(waiting, 'live')
    }
  }
}
