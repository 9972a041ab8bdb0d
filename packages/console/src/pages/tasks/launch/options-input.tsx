import { ChevronRight, Plus, X } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { Checkbox } from '../../../design/checkbox.tsx'
import { Button, IconButton } from '../../../design/button.tsx'
import { cx } from '../../../design/cx.ts'
import { boxClass } from './field-props.ts'
import { countOf, type OptionProblems, type Pair, type RunOptions } from './run-options.ts'

/** How the run is made, beside its inputs. Folded while nothing of it is set. */
export function OptionsInput({
  options,
  problems,
  onChange,
}: {
  readonly options: RunOptions
  readonly problems: OptionProblems
  readonly onChange: (options: RunOptions) => void
}) {
  const set = (change: Partial<RunOptions>) => onChange({ ...options, ...change })
  const count = countOf(options)
  const hasProblems = Object.keys(problems).length > 0
  return (
    <details className="group rounded-lg border border-line" {...((count > 0 || hasProblems) && { open: true })}>
      <summary className="flex cursor-pointer items-center gap-1.5 px-3 py-2 text-xs font-medium select-none [&::-webkit-details-marker]:hidden">
        <ChevronRight size={14} className="shrink-0 text-faint group-open:rotate-90" aria-hidden />
        Options of the run{count > 0 && <span className="font-normal text-muted"> · {count} set</span>}
      </summary>
      <div className="flex flex-col gap-4 border-t border-line px-3 py-3">
        <Line label="name" note="Defaults to one that the server makes up." problem={problems.name}>
          {(props) => (
            <input
              {...props}
              value={options.name}
              onChange={({ target }) => set({ name: target.value })}
              spellCheck={false}
            />
          )}
        </Line>
        <Pairs
          label="labels"
          what="label"
          pairs={options.labels}
          problem={problems.labels}
          onChange={(labels) => set({ labels })}
        />
        <Pairs
          label="environment variables"
          what="variable"
          pairs={options.envs}
          problem={problems.envs}
          onChange={(envs) => set({ envs })}
        />
        <Pairs
          label="annotations"
          what="annotation"
          pairs={options.annotations}
          problem={problems.annotations}
          onChange={(annotations) => set({ annotations })}
        />
        <div className="grid gap-4 md:grid-cols-2">
          <Line label="queue" note="Defaults to the task's." problem={problems.queue}>
            {(props) => (
              <input
                {...props}
                value={options.queue}
                onChange={({ target }) => set({ queue: target.value })}
                spellCheck={false}
              />
            )}
          </Line>
          <Line label="actions at once" note="At most; 2 or more." problem={problems.maxActionConcurrency}>
            {(props) => (
              <input
                {...props}
                inputMode="numeric"
                value={options.maxActionConcurrency}
                onChange={({ target }) => set({ maxActionConcurrency: target.value.trim() })}
              />
            )}
          </Line>
          <Line label="interruptible" note="Defaults to what the task says." problem={undefined}>
            {(props) => (
              <select
                {...props}
                value={options.interruptible}
                onChange={({ target }) => set({ interruptible: target.value as RunOptions['interruptible'] })}
              >
                <option value="">–</option>
                <option value="true">yes</option>
                <option value="false">no</option>
              </select>
            )}
          </Line>
          <span className="flex items-center gap-1.5 text-xs md:pt-4">
            <Checkbox
              label="Compute again what is cached"
              isChecked={options.overwriteCache}
              onChange={({ target }) => set({ overwriteCache: target.checked })}
            />
            <span aria-hidden>Compute again what is cached</span>
          </span>
        </div>
      </div>
    </details>
  )
}

interface BoxProps {
  readonly id: string
  readonly className: string
  readonly 'aria-invalid': boolean
  readonly 'aria-describedby': string
}

function Line({
  label,
  note,
  problem,
  children,
}: {
  readonly label: string
  readonly note: string
  readonly problem: string | undefined
  readonly children: (props: BoxProps) => ReactNode
}) {
  const id = useId()
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-xs font-medium">
        {label}
      </label>
      {children({
        id,
        className: cx(boxClass, 'h-8'),
        'aria-invalid': problem !== undefined,
        'aria-describedby': `${id}-note`,
      })}
      <p id={`${id}-note`} className={cx('text-2xs', problem === undefined ? 'text-muted' : 'text-bad')}>
        {problem ?? note}
      </p>
    </div>
  )
}

function Pairs({
  label,
  what,
  pairs,
  problem,
  onChange,
}: {
  readonly label: string
  readonly what: string
  readonly pairs: ReadonlyArray<Pair>
  readonly problem: string | undefined
  readonly onChange: (pairs: ReadonlyArray<Pair>) => void
}) {
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 text-xs font-medium">{label}</legend>
      {pairs.map(([key, value], index) => (
        <div key={index} className="flex items-center gap-1.5">
          <input
            aria-label={`Name of ${what} ${index + 1}`}
            placeholder="name"
            value={key}
            aria-invalid={problem !== undefined}
            onChange={({ target }) => onChange(pairs.with(index, [target.value, value]))}
            spellCheck={false}
            className={cx(boxClass, 'h-8 font-mono text-xs')}
          />
          <input
            aria-label={`Value of ${what} ${index + 1}`}
            placeholder="value"
            value={value}
            onChange={({ target }) => onChange(pairs.with(index, [key, target.value]))}
            spellCheck={false}
            className={cx(boxClass, 'h-8 font-mono text-xs')}
          />
          <IconButton
            label={`Remove ${what} ${index + 1}`}
            icon={<X size={14} />}
            onClick={() => onChange(pairs.toSpliced(index, 1))}
          />
        </div>
      ))}
      {problem !== undefined && <p className="text-2xs text-bad">{problem}</p>}
      <Button
        size="small"
        look="ghost"
        className="self-start"
        icon={<Plus size={13} aria-hidden />}
        onClick={() => onChange([...pairs, ['', '']])}
      >
        Add a {what}
      </Button>
    </fieldset>
  )
}
