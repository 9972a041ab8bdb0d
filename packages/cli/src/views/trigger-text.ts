import { renderDetails, renderSection } from '../output/details.ts'
import { zonedTime, localTime } from '../output/local-time.ts'
import type { TextStyle } from '../output/print-result.ts'
import { relativeTime } from '../output/relative-time.ts'
import { renderTable } from '../output/table.ts'
import { ago, withVersion } from './action-text.ts'
import { valuesText } from './io-view.ts'
import type { TriggerDetailsView, TriggerRevisionView, TriggerView } from './trigger-view.ts'

export function triggersText(triggers: readonly TriggerView[], style: TextStyle): string {
  if (triggers.length === 0) return 'No triggers. Make one with `tern create trigger`.\n'
  return renderTable<TriggerView>(
    triggers,
    [
      { title: 'TASK', value: ({ task }) => task, shrinks: true },
      { title: 'TRIGGER', value: ({ name }) => name, shrinks: true },
      { title: 'STATE', value: stateText, style: (text) => styleState(text, style) },
      { title: 'SCHEDULE', value: ({ schedule }) => schedule.text, shrinks: true },
      { title: 'NEXT', value: ({ nextAt }) => (nextAt === null ? '' : whenText(nextAt, style)) },
      { title: 'LAST FIRED', value: ({ lastFiredAt }) => ago(lastFiredAt, style) },
      { title: 'REVISION', value: ({ revision }) => String(revision), align: 'right' },
    ],
    style,
  )
}

export function triggerText(trigger: TriggerDetailsView, style: TextStyle): string {
  const { colors } = style
  const { schedule } = trigger
  const facts = renderDetails(
    [
      ['Trigger', trigger.name],
      ['Task', withVersion(trigger.task, trigger.taskVersion)],
      ['Project', `${trigger.project}, ${trigger.domain}`],
      ['Description', trigger.description ?? undefined],
      ['State', styleState(stateText(trigger), style)],
      ['Schedule', schedule.text],
      ['Cron', schedule.cron ?? undefined],
      ['Time goes to', schedule.input === null ? undefined : `input ${schedule.input}`],
      ['Overlap', trigger.overlap ?? undefined],
      ['Catch-up', trigger.catchUp ?? undefined],
      ['Last fired', momentText(trigger.lastFiredAt, null, style)],
      ['Revision', String(trigger.revision)],
      ['Deployed', momentText(trigger.deployedAt, trigger.deployedBy, style)],
      ['Updated', momentText(trigger.updatedAt, trigger.updatedBy, style)],
      ['Labels', pairsText(trigger.labels)],
      ['Annotations', pairsText(trigger.annotations)],
      ['Variables', pairsText(trigger.env)],
      ['Queue', trigger.queue ?? undefined],
      ['At once', trigger.maxActionConcurrency === null ? undefined : `${trigger.maxActionConcurrency} actions`],
    ],
    colors,
  )
  const inputs = trigger.inputs === null ? `stored at ${trigger.inputsUri}` : valuesText(trigger.inputs)
  const next =
    trigger.nextFirings.length === 0 ? '' : `\n${renderSection('Next firings', firingsText(trigger, style), colors)}`
  return `${facts}\n${renderSection('Inputs', inputs, colors)}${next}`
}

export function triggerHistoryText(revisions: readonly TriggerRevisionView[], style: TextStyle): string {
  return renderTable<TriggerRevisionView>(
    revisions,
    [
      { title: 'REVISION', value: ({ revision }) => String(revision), align: 'right' },
      { title: 'CHANGE', value: ({ action }) => action },
      { title: 'AT', value: ({ at }) => (at === null ? '' : localTime(at, style.timeZone)) },
      { title: '', value: ({ at }) => ago(at, style) },
      { title: 'BY', value: ({ by }) => by ?? '', shrinks: true },
    ],
    style,
  )
}

/** Each as the trigger's zone has it, and as the user's clock will show it. */
export function firingsText(
  { nextFirings, schedule }: Pick<TriggerDetailsView, 'nextFirings' | 'schedule'>,
  style: TextStyle,
): string {
  const lines = nextFirings.map((at) => {
    const own = schedule.timeZone === null ? [] : [zonedTime(at, schedule.timeZone)]
    const local = schedule.timeZone === style.timeZone ? [] : [zonedTime(at, style.timeZone)]
    return [...own, ...local, relativeTime(at, style.now)].join('  ')
  })
  return lines.join('\n')
}

function stateText({ active }: Pick<TriggerView, 'active'>): string {
  return active ? 'ACTIVE' : 'INACTIVE'
}

function styleState(text: string, { colors }: TextStyle): string {
  return text === 'ACTIVE' ? colors.green(text) : colors.dim(text)
}

function whenText(at: string, style: TextStyle): string {
  return `${localTime(at, style.timeZone)} (${relativeTime(at, style.now)})`
}

function momentText(at: string | null, by: string | null, style: TextStyle): string | undefined {
  if (at === null) return undefined
  return `${at} (${ago(at, style)})${by === null ? '' : ` by ${by}`}`
}

export function pairsText(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
}
