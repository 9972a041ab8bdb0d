import type { JsonObject } from '@bufbuild/protobuf'
import { useQuery } from '@connectrpc/connect-query'
import type { TaskDetails, TaskIdentifier } from '@tern/idl/task'
import { TranslatorService } from '@tern/idl/workflow'
import { type FormEvent, useState } from 'react'
import { toProblem } from '../../../api/problem.ts'
import { typeName } from '../../../data/type-name.ts'
import { Button } from '../../../design/button.tsx'
import { Dialog } from '../../../design/dialog.tsx'
import { ErrorState, ProblemLine, Skeleton } from '../../../design/states.tsx'
import { FieldInput } from './field-input.tsx'
import { type FieldProblems, fieldsOf, fillForm, problemOf, type Typed } from './form-fields.ts'
import { useLaunch } from './use-launch.ts'

const formId = 'launch'

/** Asks for the inputs of a task, and starts a run with them. */
export function LaunchDialog({ details, onClose }: { details: TaskDetails; onClose: () => void }) {
  const { spec, taskId } = details
  const { data, error, refetch } = useQuery(TranslatorService.method.taskSpecToLaunchFormJson, { taskSpec: spec })
  const [isPending, setPending] = useState(false)
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Run ${taskId?.name}`}
      description={`Version ${taskId?.version}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} look="primary" disabled={isPending || data?.json === undefined}>
            {isPending ? 'Starting …' : 'Start the run'}
          </Button>
        </>
      }
    >
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Skeleton lines={4} />}
      {data?.json !== undefined && taskId !== undefined && (
        <LaunchForm json={data.json} details={details} taskId={taskId} onPending={setPending} />
      )}
    </Dialog>
  )
}

function LaunchForm({
  json,
  details,
  taskId,
  onPending,
}: {
  readonly json: JsonObject
  readonly details: TaskDetails
  readonly taskId: TaskIdentifier
  readonly onPending: (isPending: boolean) => void
}) {
  const [typed, setTyped] = useState<Typed>({})
  const [problems, setProblems] = useState<FieldProblems>({})
  const launch = useLaunch(taskId)
  const fields = fieldsOf(json)
  const refused = launch.error === null ? undefined : problemOf(toProblem(launch.error).message, fields.map(toName))
  const variables = details.spec?.taskTemplate?.interface?.inputs?.variables
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const filled = fillForm(json, typed)
    setProblems('problems' in filled ? filled.problems : {})
    if ('problems' in filled) return
    onPending(true)
    launch.mutate(filled.form, { onSettled: () => onPending(false) })
  }
  const change = (name: string, text: string) => {
    setTyped({ ...typed, [name]: text })
    setProblems(without(problems, name))
    if (refused?.[0] === name) launch.reset()
  }
  return (
    <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4">
      {fields.length === 0 && <p className="text-sm text-muted">It takes nothing.</p>}
      {fields.map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          type={typeName(variables?.find(({ key }) => key === field.name)?.value?.type)}
          text={typed[field.name] ?? field.initial}
          problem={problems[field.name] ?? (refused?.[0] === field.name ? refused[1] : undefined)}
          onChange={(text) => change(field.name, text)}
        />
      ))}
      {launch.error !== null && refused === undefined && <ProblemLine error={launch.error} />}
    </form>
  )
}

function toName({ name }: { readonly name: string }): string {
  return name
}

function without(problems: FieldProblems, name: string): FieldProblems {
  return Object.fromEntries(Object.entries(problems).filter(([each]) => each !== name))
}
