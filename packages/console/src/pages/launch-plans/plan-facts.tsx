import { type LaunchPlan, OnLimit } from '@tern/idl/launchplan'
import { CopyableName } from '../../design/copy.tsx'
import { type Fact, Facts, Section } from '../../design/facts.tsx'
import { identityText } from '../../data/identity.ts'
import { TimeAgo } from '../../design/time.tsx'
import { msOf } from '../../model/times.ts'
import { LaunchedLink } from './launched-link.tsx'

/** What is said of a launch plan, and of what holds for its runs. */
export function PlanFacts({ plan }: { plan: LaunchPlan }) {
  const { id, spec, deployedAt, deployedBy, activatedAt, active } = plan
  const { runSpec } = spec ?? {}
  return (
    <>
      <Section title="About">
        <Facts
          facts={[
            spec?.taskId !== undefined && { label: 'Launches', value: <LaunchedLink taskId={spec.taskId} /> },
            {
              label: 'Version',
              value: <CopyableName text={id?.version ?? ''} what="the version" />,
            },
            deployedAt !== undefined && { label: 'Deployed', value: <TimeAgo at={msOf(deployedAt)} /> },
            { label: 'By', value: identityText(deployedBy) },
            activatedAt !== undefined && {
              label: active ? 'Active since' : 'Last activated',
              value: <TimeAgo at={msOf(activatedAt)} />,
            },
            { label: 'At once', value: concurrencyText(plan) },
          ]}
        />
      </Section>
      <Pairs title="Labels of its runs" values={runSpec?.labels?.values} />
      <Pairs title="Annotations of its runs" values={runSpec?.annotations?.values} />
      <Pairs title="Context of its runs" values={spec?.context} />
      <RunFacts plan={plan} />
    </>
  )
}

function concurrencyText({ spec }: LaunchPlan): string {
  const { maxRuns = 0, onLimit } = spec?.concurrency ?? {}
  if (maxRuns === 0) return 'any number of runs'
  const runs = maxRuns === 1 ? 'one run' : `${maxRuns} runs`
  return onLimit === OnLimit.QUEUE ? `${runs}, others wait for their turn` : `${runs}, others are not started`
}

function Pairs({ title, values = {} }: { title: string; values?: Readonly<Record<string, string>> | undefined }) {
  const pairs = Object.entries(values).sort(([a], [b]) => a.localeCompare(b))
  if (pairs.length === 0) return null
  return (
    <Section title={title}>
      <Facts facts={pairs.map(([label, value]) => ({ label, value }))} />
    </Section>
  )
}

function RunFacts({ plan: { spec } }: { plan: LaunchPlan }) {
  const run = spec?.runSpec
  if (run === undefined) return null
  const rules = run.notificationSettings.case === 'notificationRules' ? run.notificationSettings.value.rules.length : 0
  const runAs = run.securityContext?.runAs
  const facts: ReadonlyArray<Fact | false> = [
    { label: 'Queue', value: run.queue || run.clusterPool },
    run.maxActionConcurrency > 0 && { label: 'Actions at once', value: String(run.maxActionConcurrency) },
    run.interruptible !== undefined && { label: 'Interruptible', value: run.interruptible ? 'yes' : 'no' },
    run.overwriteCache && { label: 'Cache', value: 'is computed anew' },
    { label: 'Large data', value: run.rawDataStorage?.rawDataPrefix },
    { label: 'Runs as', value: runAs?.k8sServiceAccount || runAs?.iamRole },
    { label: 'Variables', value: (run.envs?.values ?? []).map(({ key, value }) => `${key}=${value}`).join(', ') },
    rules > 0 && { label: 'Notifications', value: rules === 1 ? 'one when it ends' : `${rules} when it ends` },
  ]
  if (!facts.some((fact) => fact !== false && Boolean(fact.value))) return null
  return (
    <Section title="Its runs">
      <Facts facts={facts} />
    </Section>
  )
}
