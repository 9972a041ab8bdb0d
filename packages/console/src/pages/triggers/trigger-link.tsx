import { Link } from '@tanstack/react-router'
import type { TriggerName } from '@tern/idl/common'
import type { ReactNode } from 'react'
import { planOfTrigger } from '../../model/launch-plans.ts'

/** What a trigger is called; one that is the schedule of a launch plan, as that. */
export function triggerTitle(name: string): string {
  return planOfTrigger(name) ?? name
}

/** Leads to the page of a trigger, or to that of the launch plan whose schedule it is. */
export function TriggerLink({
  name: { project, domain, taskName, name },
  className,
  children,
}: {
  readonly name: Pick<TriggerName, 'project' | 'domain' | 'taskName' | 'name'>
  readonly className: string
  readonly children: ReactNode
}) {
  const plan = planOfTrigger(name)
  if (plan !== undefined) {
    return (
      <Link
        to="/v2/domain/$domain/project/$project/launch-plans/$plan"
        params={{ project, domain, plan }}
        className={className}
      >
        {children}
      </Link>
    )
  }
  return (
    <Link
      to="/v2/domain/$domain/project/$project/triggers/$task/$trigger"
      params={{ project, domain, task: taskName, trigger: name }}
      className={className}
    >
      {children}
    </Link>
  )
}
