import type { SettingValue } from '@tern/core/settings'
import { Terminal } from 'lucide-react'
import { type ReactNode, type FormEvent, useEffect, useRef, useState } from 'react'
import { toProblem } from '../../api/problem.ts'
import type { Scope } from '../../app/scope.ts'
import { Button } from '../../design/button.tsx'
import { copyText } from '../../design/copy.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { ProblemLine } from '../../design/states.tsx'
import { tell } from '../../design/toast.tsx'
import { settingsCommand } from '../../model/snippets.ts'
import { keyOf, type Level, levelWords, type SettingState } from './levels.ts'
import { type Filled, fill, parse } from './setting-form.ts'
import { SettingInput } from './setting-input.tsx'
import { ValueOf } from './setting-value.tsx'
import { changed, isConflict, type ShownSettings, useSaveSetting } from './use-settings.ts'

const formId = 'setting'

/** Asks what a level is to say about a setting. */
export function SettingDialog({
  name,
  settings,
  level,
  scope,
  onRead,
  onClose,
}: {
  readonly name: string
  readonly settings: ShownSettings
  readonly level: Level
  readonly scope: Scope
  /** Reads all levels again. */
  readonly onRead: () => Promise<ShownSettings | undefined>
  readonly onClose: () => void
}) {
  // What somebody else does meanwhile is a conflict, and not taken over unseen.
  const [seen, setSeen] = useState(settings)
  const state = seen.states.find(({ field }) => field.name === name)
  const [filled, setFilled] = useState<Filled>(() => fill(state?.field.kind ?? 'text', state?.own))
  const [problem, setProblem] = useState<string>()
  const [theirs, setTheirs] = useState<SettingState>()
  const save = useSaveSetting(level, scope)
  // Somebody may have closed it while it was saved, and be elsewhere.
  const isThere = useRef(false)
  useEffect(() => {
    isThere.current = true
    return () => {
      isThere.current = false
    }
  }, [])
  if (state === undefined) return null
  const { field } = state
  const parsed = parse(field.kind, filled)

  const commandOf = (value: SettingValue | undefined) =>
    settingsCommand(keyOf(level, scope), seen.own?.version ?? 0n, changed(seen.own, name, value))
  const change = (next: Filled) => {
    setFilled(next)
    setProblem(undefined)
    save.reset()
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if ('problem' in parsed) return setProblem(parsed.problem)
    try {
      await save.mutateAsync({ own: seen.own, name, value: parsed.value })
      tell(`Saved ${name} for ${levelWords(level, scope)}`)
      await onRead()
      if (isThere.current) onClose()
    } catch (error) {
      if (!isConflict(error)) return
      const now = await onRead()
      if (now === undefined) return
      setSeen(now)
      setTheirs(now.states.find((each) => each.field.name === name))
    }
  }
  const refusal = save.error === null || theirs !== undefined ? undefined : toProblem(save.error).message
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={name}
      description={field.description}
      footer={
        <>
          {!('problem' in parsed) && (
            <Button
              look="ghost"
              className="mr-auto -ml-3"
              icon={<Terminal size={14} aria-hidden />}
              onClick={() => void copyText(commandOf(parsed.value), 'the CLI command')}
            >
              Copy as CLI
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} look="primary" disabled={save.isPending}>
            {save.isPending ? 'Saving …' : theirs === undefined ? 'Save' : 'Save over it'}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <p className="text-xs text-muted">For {levelWords(level, scope)}.</p>
        {theirs !== undefined && (
          <p role="alert" className="rounded-md bg-warn-soft px-2.5 py-1.5 text-xs text-warn">
            Somebody else has changed these settings meanwhile. Of this one they say: <ValueOf value={theirs.own} />
          </p>
        )}
        <fieldset className="flex flex-col gap-2">
          <legend className="sr-only">What holds</legend>
          <Choice filled={filled} choice="inherit" onChange={change} label="Inherit">
            {level !== 'org' && (
              <span className="text-xs text-muted">
                <ValueOf value={state.inherited?.value} />
                {state.inherited && ` from ${levelWords(state.inherited.from, scope)}`}
              </span>
            )}
            {level === 'org' && <span className="text-xs text-muted">nothing is above all projects</span>}
          </Choice>
          <Choice
            filled={filled}
            choice="value"
            onChange={change}
            label={field.kind === 'map' ? 'These entries' : 'This value'}
          >
            {field.kind === 'map' && <span className="text-xs text-muted">beside those that are inherited</span>}
          </Choice>
          {filled.choice === 'value' && (
            <div className="pl-6">
              <SettingInput field={field} filled={filled} problem={problem ?? refusal} onChange={change} />
            </div>
          )}
          <Choice filled={filled} choice="none" onChange={change} label="No value">
            <span className="text-xs text-muted">whatever is inherited</span>
          </Choice>
        </fieldset>
        {refusal !== undefined && filled.choice !== 'value' && <ProblemLine error={save.error} />}
      </form>
    </Dialog>
  )
}

function Choice({
  filled,
  choice,
  label,
  onChange,
  children,
}: {
  readonly filled: Filled
  readonly choice: Filled['choice']
  readonly label: string
  readonly onChange: (filled: Filled) => void
  readonly children?: ReactNode
}) {
  return (
    <label className="flex min-w-0 flex-wrap items-baseline gap-x-2 text-sm">
      <input
        type="radio"
        name="choice"
        checked={filled.choice === choice}
        onChange={() => onChange({ ...filled, choice })}
        className="size-4 translate-y-0.5 accent-accent-strong"
      />
      <span>{label}</span>
      {children}
    </label>
  )
}
