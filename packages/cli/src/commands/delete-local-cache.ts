import { Command } from 'commander'
import { type CommonOptions, withCommonOptions } from '../flags/common-options.ts'
import { resolveOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import { printResult } from '../output/print-result.ts'

export function deleteLocalCacheCommand(io: CliIo): Command {
  const command = new Command('local-cache').description(
    'forget the results that local runs have kept, in .tern/local or the folder that TERN_LOCAL_DIR names',
  )
  return withCommonOptions(command).action(async () => {
    const { values } = await resolveOptions<CommonOptions>(command, io)
    const { LocalCache } = await import('@tern/sdk/internal')
    const cache = LocalCache.of()
    const deleted = await cache.clear()
    const view = { file: cache.file, deleted }
    const toText = () => `Forgot ${deleted} ${deleted === 1 ? 'result' : 'results'} in ${cache.file}.\n`
    await printResult(view, { format: values.output, io, toText })
  })
}
