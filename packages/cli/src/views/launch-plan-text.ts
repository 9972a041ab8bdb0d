import { renderDetails, renderSection } from '../output/details.ts'
import { localTime } from '../output/local-time.ts'
import type { TextStyle } from '../output/print-result.ts'
import { relativeTime } from '../output/relative-time.ts'
import { renderTable } from '../output/table.ts'
import { ago, withVersion } from './action-text.ts'
import { valuesText } from './io-view.ts'
import type { LaunchPlanDetailsView, LaunchPlanView } from './launch-plan-view.ts'
import { interfaceText } from './task-text.ts'
import { firingsText, pairsText } from './trigger-text.ts'

export function plansText(plans: readonly LaunchPlanView[], style: TextStyle): string {
  if (plans.length === 0) {
    return 'No launch plans, but for the one that every task has. Declare one with launchPlan(…), and deploy its file.\n'
  }
  return renderTable<LaunchPlanView>(
    plans,
    [
      { title: 'LAUNCH PLAN', value: ({ name }) => name, shrinks: true },
      { title: 'STATE', value: stateText, style: (text) => styleState(text, style) },
      { title: 'VERSION', value: ({ version }) => version },
      { title: 'LAUNCHES', value: ({ task }) => task, shrinks: true },
      { title: 'SCHEDULE', value: ({ schedule }) => schedule?.text ?? '', shrinks: true },
      { title: 'NEXT', value: ({ nextAt }) => (nextAt === null ? '' : whenText(nextAt, style)) },
    ],
    style,
  )
}

export function planVersionsText(plans: readonly LaunchPlanView[], style: TextStyle): string {
  return renderTable<LaunchPlanView>(
    plans,
    [
      { title: 'VERSION', value: ({ version }) => version },
      { title: 'STATE', value: stateText, style: (text) => styleState(text, style) },
      { title: 'LAUNCHES', value: ({ task, taskVersion }) => withVersion(task, taskVersion), shrinks: true },
      { title: 'DEPLOYED', value: ({ deployedAt }) => ago(deployedAt, style) },
      { title: 'BY', value: ({ deployedBy }) => deployedBy ?? '', shrinks: true },
    ],
    style,
  )
}

export function planText(plan: LaunchPlanDetailsView, style: TextStyle): string {
  const { colors } = style
  const { schedule, concurrency } = plan
  const facts = renderDetails(
    [
      ['Launch plan', plan.name],
      ['Version', plan.version],
      ['State', styleState(stateText(plan), style)],
      ['Launches', withVersion(plan.task, plan.taskVersion)],
      ['Project', `${plan.project}, ${plan.domain}`],
      ['Description', plan.description ?? undefined],
      ['Schedule', schedule?.text],
      ['Cron', schedule?.cron ?? undefined],
      ['Time goes to', schedule?.input ? `input ${schedule.input}` : undefined],
      ['Deployed', plan.deployedAt === null ? undefined : `${plan.deployedAt} (${ago(plan.deployedAt, style)})`],
      ['Labels', pairsText(plan.labels)],
      ['Annotations', pairsText(plan.annotations)],
      ['Variables', pairsText(plan.env)],
      ['Context', pairsText(plan.context)],
      ['Queue', plan.queue ?? undefined],
      ['Data goes to', plan.rawOutput ?? undefined],
      ['Runs as', plan.serviceAccount ?? undefined],
      ['At once', plan.maxActionConcurrency === null ? undefined : `${plan.maxActionConcurrency} actions`],
      [
        'Runs at once',
        concurrency === null ? undefined : `${concurrency.max}; one more ${limitWords[concurrency.onLimit]}`,
      ],
      ['Console', plan.url],
    ],
    colors,
  )
  const fixed =
    Object.keys(plan.fixed).length === 0 ? '' : `\n${renderSection('Fixed', valuesText(plan.fixed), colors)}`
  const next =
    plan.nextTimes.length === 0 || schedule === null
      ? ''
      : `\n${renderSection('Next runs', firingsText({ nextFirings: plan.nextTimes, schedule }, style), colors)}`
  return facts + interfaceText(plan, style) + fixed + next
}

const limitWords = { skip: 'is skipped', queue: 'waits for its turn' } as const

function stateText({ active }: Pick<LaunchPlanView, 'active'>): string {
  return active ? 'ACTIVE' : 'INACTIVE'
}

function styleState(text: string, { colors }: TextStyle): string {
  return text === 'ACTIVE' ? colors.green(text) : colors.dim(text)
}

function whenText(at: string, style: TextStyle): string {
  return `${localTime(at, style.timeZone)} (${relativeTime(at, style.now)})`
}
