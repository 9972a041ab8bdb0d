import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { toError } from './derive-error.ts'
import { Deriver } from './deriver.ts'

/** Has this process write interfaces into the files that it loads from now on. */
export function registerDeriving(): void {
  const deriver = new Deriver()
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.startsWith('file:') || loaded.source === undefined || loaded.source === null) return loaded
      const file = fileURLToPath(url)
      if (!deriver.isSource(file)) return loaded
      const { problems, code } = deriver.derive(file, textOf(loaded.source))
      if (problems.length > 0) throw toError(file, problems)
      return code === undefined ? loaded : { ...loaded, source: code }
    },
  })
}

function textOf(source: string | NodeJS.ArrayBufferView | ArrayBufferLike): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source as Uint8Array)
}
