import { Pencil } from 'lucide-react'
import type { Scope } from '../../app/scope.ts'
import { cx } from '../../design/cx.ts'
import { type Level, levelName, type SettingState } from './levels.ts'
import { ValueOf } from './setting-value.tsx'

const groups: ReadonlyArray<{ readonly title: string; readonly names: RegExp }> = [
  { title: 'Runs', names: /^run\./ },
  { title: 'Labels and variables', names: /^(labels|annotations|environment_variables)$/ },
  { title: 'Files and identity', names: /^(storage|security)\./ },
  { title: 'Resources', names: /^task_resource\./ },
  { title: 'Others', names: /./ },
]

/** All settings with what holds and who says so, in groups. */
export function SettingList({
  states,
  level,
  scope,
  onEdit,
}: {
  readonly states: ReadonlyArray<SettingState>
  readonly level: Level
  readonly scope: Scope
  readonly onEdit: (name: string) => void
}) {
  const grouped = Map.groupBy(states, ({ field }) => groups.find(({ names }) => names.test(field.name))?.title)
  return groups.map(({ title }) => {
    const members = grouped.get(title)
    return (
      members && (
        <section key={title} className="border-b border-line last:border-b-0">
          <h2 className="px-4 pt-4 pb-1.5 text-xs font-semibold md:px-5">{title}</h2>
          <ul aria-label={title} className="divide-y divide-line">
            {members.map((state) => (
              <li key={state.field.name}>
                <SettingLine state={state} level={level} scope={scope} onEdit={() => onEdit(state.field.name)} />
              </li>
            ))}
          </ul>
        </section>
      )
    )
  })
}

function SettingLine({
  state: { field, own, effective },
  level,
  scope,
  onEdit,
}: {
  readonly state: SettingState
  readonly level: Level
  readonly scope: Scope
  readonly onEdit: () => void
}) {
  const isHere = own !== undefined
  return (
    <button
      type="button"
      onClick={onEdit}
      title="Change it"
      className="group grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 text-left outline-offset-[-2px] hover:bg-hover md:grid-cols-[minmax(0,5fr)_minmax(0,4fr)_10rem_1rem] md:px-5"
    >
      <span className="col-span-2 min-w-0 md:col-span-1">
        <span className="block truncate font-mono text-xs font-medium">{field.name}</span>
        <span className="block text-xs text-muted">{field.description}</span>
      </span>
      <span className="col-start-1 row-start-2 min-w-0 text-xs md:col-start-auto md:row-start-auto">
        <ValueOf value={effective?.value} />
      </span>
      <span
        className={cx(
          'col-start-2 row-start-2 self-start justify-self-end rounded-full md:col-start-auto md:row-start-auto md:self-center px-2 py-0.5 text-2xs whitespace-nowrap md:justify-self-start',
          isHere
            ? 'bg-busy-soft font-medium text-busy'
            : effective === undefined
              ? 'hidden'
              : 'bg-wait-soft text-muted',
        )}
      >
        {isHere ? 'set here' : effective && `from ${levelName(effective.from, scope)}`}
        {isHere && isMerged(effective, level) && ', and above'}
      </span>
      <Pencil size={13} className="hidden text-faint group-hover:text-text md:col-start-4 md:block" aria-hidden />
    </button>
  )
}

/** Entries of a map come together from all levels. */
function isMerged(effective: SettingState['effective'], level: Level): boolean {
  const levels = new Set(Object.values(effective?.entriesFrom ?? {}))
  return levels.size > 1 || (levels.size === 1 && !levels.has(level.toUpperCase() as never))
}
