import type { VariableMap } from '@tern/idl/core'
import type { NamedParameter } from '@tern/idl/task'
import { Facts } from '../design/facts.tsx'
import { typeName } from './type-name.ts'
import { toValue } from './value.ts'
import { ValueView } from './values.tsx'

/** What something takes or gives: names with their types, what they are for, and the values that they have by default. */
export function Variables({
  map,
  defaults = [],
  none,
}: {
  readonly map: VariableMap | undefined
  readonly defaults?: ReadonlyArray<NamedParameter>
  readonly none: string
}) {
  const variables = map?.variables ?? []
  if (variables.length === 0) return <p className="text-xs text-muted">{none}</p>
  return (
    <Facts
      facts={variables.map(({ key, value }) => {
        const parameter = defaults.find(({ name }) => name === key)?.parameter
        return {
          label: key,
          value: (
            <>
              {typeName(value?.type)}
              {parameter !== undefined && parameter.behavior.case !== 'required' && (
                <span className="text-muted">, optional</span>
              )}
              {value?.description && <span className="block text-muted">{value.description}</span>}
              {parameter?.behavior.case === 'default' && (
                <span className="mt-0.5 flex min-w-0 gap-2">
                  <span className="text-muted">by default</span>
                  <ValueView value={toValue(parameter.behavior.value)} name={key} source={undefined} />
                </span>
              )}
            </>
          ),
        }
      })}
    />
  )
}
