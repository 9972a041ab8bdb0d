import type { LaunchPlan } from '@tern/idl/launchplan'
import { typeName } from '../../data/type-name.ts'
import { Values } from '../../data/values.tsx'
import { Facts, Section } from '../../design/facts.tsx'
import { useLaunched } from './launched-link.tsx'

/** What a launch plan gives to its runs by itself, and what whoever launches it has to give. */
export function PlanInputs({ plan: { spec, parameters, interface: typed } }: { plan: LaunchPlan }) {
  const variables = typed?.inputs
  const launched = useLaunched(spec?.taskId)
  const required = parameters.filter(({ parameter }) => parameter?.behavior.case === 'required')
  const kickoff = spec?.schedule?.kickoffTimeInputArg ?? ''
  const own = new Set(spec?.defaultInputs.map(({ name }) => name))
  // Of the task itself: the plan leaves them as they are.
  const kept = parameters.flatMap(({ name, parameter }) =>
    parameter?.behavior.case === 'default' && !own.has(name) ? [{ name, value: parameter.behavior.value }] : [],
  )
  return (
    <>
      {(spec?.fixedInputs.length ?? 0) > 0 && (
        <Section title="Fixed inputs">
          <p className="-mt-1 mb-2 text-xs text-muted">Nobody who launches it can give others.</p>
          <Values
            literals={spec?.fixedInputs ?? []}
            variables={launched?.spec?.taskTemplate?.interface?.inputs}
            source={undefined}
            none=""
          />
        </Section>
      )}
      {(spec?.defaultInputs.length ?? 0) > 0 && (
        <Section title="Default inputs">
          <Values literals={spec?.defaultInputs ?? []} variables={variables} source={undefined} none="" />
        </Section>
      )}
      {kept.length > 0 && (
        <Section title="Defaults of what it launches">
          <Values literals={kept} variables={variables} source={undefined} none="" />
        </Section>
      )}
      <Section title="To be given">
        {required.length === 0 ? (
          <p className="text-xs text-muted">Nothing: it can be launched as it is.</p>
        ) : (
          <Facts
            facts={required.map(({ name }) => ({
              label: name,
              value: (
                <>
                  {typeName(variables?.variables.find(({ key }) => key === name)?.value?.type)}
                  {name === kickoff && <span className="text-muted">, the time of the schedule</span>}
                </>
              ),
            }))}
          />
        )}
      </Section>
    </>
  )
}
