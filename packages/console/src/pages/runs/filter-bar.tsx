import type { Run } from '@tern/idl/workflow'
import { useState } from 'react'
import { cx } from '../../design/cx.ts'
import { FilterChip } from '../../design/filter-chip.tsx'
import { FilterField } from '../../design/filter-field.tsx'
import { PhaseIcon } from '../../design/phase.tsx'
import { phases } from '../../model/phases.ts'
import { LabelEditor } from './label-editor.tsx'
import { listOf, type RunFilters, setFilters, sources, toText } from './run-filters.ts'
import { SuggestField } from './suggest-field.tsx'
import { TimeEditor } from './time-editor.tsx'
import { usePeople, usePlanNames, useTaskNames, useTriggerNames } from './use-suggestions.ts'

type FilterChange = { [Name in keyof RunFilters]?: string | undefined }

/**
 * Sets filters, and takes away those that are undefined. A function is given those that are set by then, which may be more than the
 * page shows yet.
 */
export type SetFilters = (change: FilterChange | ((before: RunFilters) => FilterChange)) => void

/** What narrows down the runs of a project; `runs` are those that are shown, which suggest what to ask for. */
export function FilterBar({
  filters,
  set,
  runs,
}: {
  readonly filters: RunFilters
  readonly set: SetFilters
  readonly runs: ReadonlyArray<Run>
}) {
  const texts = new Map(setFilters(filters).map(({ label, text }) => [label, text]))
  const chip = (label: string, ...names: ReadonlyArray<keyof RunFilters>) => ({
    label,
    text: texts.get(label) ?? '',
    onClear: () => set(Object.fromEntries(names.map((name) => [name, undefined]))),
  })
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-1.5 border-b border-line bg-surface px-4 py-2 md:px-5">
      <FilterField
        value={filters.q ?? ''}
        onChange={(q) => set({ q: q || undefined })}
        label="Search runs by name"
        placeholder="Search by name"
      />
      <FilterChip {...chip('Phase', 'phase')}>
        {() => (
          <Checks
            options={shownPhases}
            chosen={listOf(filters.phase)}
            onToggle={(name) => set(({ phase }) => ({ phase: toText(toggled(listOf(phase), name)) }))}
          />
        )}
      </FilterChip>
      <FilterChip {...chip('Task', 'task')}>
        {(close) => (
          <SuggestField
            label="Part of the task's name"
            value={filters.task ?? ''}
            useSuggestions={useTaskNames}
            onDone={(task) => {
              set({ task: task || undefined })
              close()
            }}
          />
        )}
      </FilterChip>
      {filters.version !== undefined && (
        <FilterChip {...chip('Version', 'version')}>
          {() => <p className="p-1 font-mono text-xs break-all">{filters.version}</p>}
        </FilterChip>
      )}
      <FilterChip {...chip('Time', 'since', 'from', 'to')}>
        {(close) => <TimeEditor filters={filters} set={set} onDone={close} />}
      </FilterChip>
      <FilterChip {...chip('Label', 'label')}>
        {() => (
          <LabelEditor
            labels={listOf(filters.label)}
            onChange={(change) => set(({ label }) => ({ label: toText(change(listOf(label))) }))}
          />
        )}
      </FilterChip>
      <FilterChip {...chip('Started by', 'by', 'source')}>
        {(close) => <StartedBy filters={filters} set={set} runs={runs} onDone={close} />}
      </FilterChip>
      <FilterChip {...chip('Trigger', 'trigger')}>
        {(close) => (
          <SuggestField
            label="The trigger's name"
            value={filters.trigger ?? ''}
            useSuggestions={useTriggerNames}
            onDone={(trigger) => {
              set({ trigger: trigger || undefined })
              close()
            }}
          />
        )}
      </FilterChip>
      <FilterChip {...chip('Launch plan', 'plan')}>
        {(close) => (
          <SuggestField
            label="The launch plan's name"
            value={filters.plan ?? ''}
            useSuggestions={usePlanNames}
            onDone={(plan) => {
              set({ plan: plan || undefined })
              close()
            }}
          />
        )}
      </FilterChip>
    </div>
  )
}

const shownPhases = phases
  .filter(({ name }) => name !== 'recovered' && name !== 'initializing')
  .map(({ phase, name, label }) => ({ name, label, icon: <PhaseIcon phase={phase} size={12} isNamed={false} /> }))

function toggled(names: ReadonlyArray<string>, name: string): ReadonlyArray<string> {
  return names.includes(name) ? names.filter((each) => each !== name) : [...names, name]
}

/** Options of which any number can be chosen. */
function Checks({
  options,
  chosen,
  onToggle,
}: {
  readonly options: ReadonlyArray<{ readonly name: string; readonly label: string; readonly icon?: React.ReactNode }>
  readonly chosen: ReadonlyArray<string>
  readonly onToggle: (name: string) => void
}) {
  // A box is checked at once, and not when the address has it.
  const [shown, setShown] = useState({ of: toText(chosen), names: chosen })
  if (shown.of !== toText(chosen)) setShown({ of: toText(chosen), names: chosen })
  const toggle = (name: string) => {
    setShown(({ of, names }) => ({ of, names: toggled(names, name) }))
    onToggle(name)
  }
  return (
    <ul>
      {options.map(({ name, label, icon }) => (
        <li key={name}>
          <label
            className={cx(
              'flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 text-xs hover:bg-hover',
              shown.names.includes(name) && 'font-medium',
            )}
          >
            <input
              type="checkbox"
              checked={shown.names.includes(name)}
              onChange={() => toggle(name)}
              className="accent-accent-strong"
            />
            {icon}
            {label}
          </label>
        </li>
      ))}
    </ul>
  )
}

function StartedBy({
  filters,
  set,
  runs,
  onDone,
}: {
  readonly filters: RunFilters
  readonly set: SetFilters
  readonly runs: ReadonlyArray<Run>
  readonly onDone: () => void
}) {
  const people = usePeople(runs)
  return (
    <div className="flex flex-col gap-2">
      <Checks
        options={sources}
        chosen={listOf(filters.source)}
        onToggle={(name) => set(({ source }) => ({ source: toText(toggled(listOf(source), name)) }))}
      />
      <div className="border-t border-line pt-2">
        <SuggestField
          label="Person, as your sign-in names them"
          value={filters.by ?? ''}
          useSuggestions={() => people}
          isExact
          onDone={(by) => {
            set({ by: by || undefined })
            onDone()
          }}
        />
      </div>
    </div>
  )
}
