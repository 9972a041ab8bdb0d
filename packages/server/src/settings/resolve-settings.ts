import { create } from '@bufbuild/protobuf'
import { type ScopeLevel, type Settings, SettingsSchema, SettingState } from '@tern/idl/settings'
import { type Leaf, leafAt, leafPlaces, type LeafPlace, putLeaf } from './setting-leaves.ts'

/** What was set at one level. */
export interface SettingsLevel {
  readonly level: ScopeLevel
  readonly settings: Settings
}

/**
 * What holds for a scope: of each setting what the narrowest level says that says anything. The entries of maps come
 * together from all levels, down from the last one that is unset. Each setting names the level it is from; those that
 * nobody has set are left out.
 *
 * @param levels the broadest first
 */
export function resolveSettings(levels: ReadonlyArray<SettingsLevel>): Settings {
  const resolved = create(SettingsSchema)
  for (const place of leafPlaces) {
    const leaf = resolveLeaf(place, levels)
    if (leaf !== undefined) putLeaf(resolved, place, leaf, (schema) => create(schema))
  }
  return resolved
}

function resolveLeaf(place: LeafPlace, levels: ReadonlyArray<SettingsLevel>): Leaf | undefined {
  let resolved: Leaf | undefined
  for (const { level, settings } of levels) {
    const leaf = leafAt(settings, place)
    if (leaf === undefined || leaf.state === SettingState.INHERIT) continue
    resolved = create(place.schema, { ...leaf, ...mergedMap(resolved, leaf), scopeLevel: level }) as Leaf
  }
  return resolved
}

function mergedMap(inherited: Leaf | undefined, { mapValue }: Leaf): Pick<Leaf, 'mapValue'> {
  if (inherited?.mapValue === undefined || mapValue === undefined) return {}
  return { mapValue: { ...mapValue, entries: { ...inherited.mapValue.entries, ...mapValue.entries } } }
}
