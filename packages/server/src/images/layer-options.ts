import type { Secret } from '@tern/idl/core'
import type { PipOptions } from '@tern/idl/imagebuilder'
import { expandVariables, shellWords } from './shell-words.ts'

/** Values of the secrets that layers mount, by their names. */
export type LayerSecrets = ReadonlyMap<string, string>

/** The variables that an installer is handed for the secrets of a layer. */
export function secretsOf(
  { secretMounts }: { readonly secretMounts: ReadonlyArray<Secret> },
  values: LayerSecrets,
): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const { key, group, envVar } of secretMounts) {
    const value = values.get(key)
    if (value === undefined) continue
    const name = group === '' ? key : `${group}_${key}`
    for (const each of envVar === '' ? [name, name.toUpperCase().replaceAll('-', '_')] : [envVar])
      variables[each] = value
  }
  return variables
}

/** What a layer says of indexes and the like, as arguments. They may name secrets as a shell names variables. */
export function optionArgs(options: PipOptions | undefined, secrets: Readonly<Record<string, string>>): string[] {
  if (options === undefined) return []
  const { indexUrl, extraIndexUrls, pre, extraArgs } = options
  const args = [
    ...(indexUrl === '' ? [] : ['--index-url', indexUrl]),
    ...extraIndexUrls.flatMap((url) => ['--extra-index-url', url]),
    ...(pre ? ['--pre'] : []),
    ...shellWords(extraArgs),
  ]
  return args.map((arg) => expandVariables(arg, secrets))
}
