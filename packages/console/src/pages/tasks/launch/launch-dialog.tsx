import { equals, type JsonObject } from '@bufbuild/protobuf'
import { createClient } from '@connectrpc/connect'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { TranslatorService } from '@tern/idl/workflow'
import { type FormEvent, useMemo, useRef, useState } from 'react'
import { toProblem } from '../../../api/problem.ts'
import { transport } from '../../../api/transport.ts'
import { typeName } from '../../../data/type-name.ts'
import { Button } from '../../../design/button.tsx'
import { CopyAs } from '../../../design/copy.tsx'
import { Dialog } from '../../../design/dialog.tsx'
import { ErrorState, ProblemLine, Skeleton } from '../../../design/states.tsx'
import { tell } from '../../../design/toast.tsx'
import { type Draft, pathsOf, type Problems } from './draft.ts'
import { FieldInput } from './field-input.tsx'
import { initialDraft } from './field-props.ts'
import { type Drafts, fillForm } from './fill-form.ts'
import { type FormField, fieldsOf, isObject, problemOf } from './form-fields.ts'
import type { LaunchTarget, Prefill } from './launch-target.ts'
import { OptionsInput } from './options-input.tsx'
import { noOptions, optionProblems, optionsOf, type OptionProblems, toRunSpec } from './run-options.ts'

const translator = createClient(TranslatorService, transport)
const formId = 'launch'
let forms = 0

export interface LaunchDialogProps {
  readonly target: LaunchTarget
  /** Defaults to the defaults of the task. */
  readonly prefill?: Prefill | undefined
  readonly onClose: () => void
}

/** Asks for the inputs of a task and how to run it, starts a run, and leads there. */
export function LaunchDialog({ target, prefill, onClose }: LaunchDialogProps) {
  const spec = useUnchanged(target.spec)
  const inputs = prefill?.inputs
  // Specs have numbers that no key can be made of.
  const form = useMemo(() => ({ number: ++forms, spec, inputs }).number, [spec, inputs])
  const { data, error, refetch } = useQuery({
    queryKey: ['launch-form', form],
    queryFn: ({ signal }) => loadForm(target, prefill, signal),
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  if (data !== undefined) return <Filling key={form} json={data} target={target} prefill={prefill} onClose={onClose} />
  return (
    <Dialog isOpen isWide onClose={onClose} title={target.title} description={target.description}>
      {error === null ? <Skeleton lines={4} /> : <ErrorState error={error} onRetry={() => void refetch()} />}
    </Dialog>
  )
}

/** The same object as long as it says the same: what is read anew meanwhile does not take away what somebody has typed. */
function useUnchanged(spec: TaskSpec): TaskSpec {
  const [known, setKnown] = useState(spec)
  if (known === spec || equals(TaskSpecSchema, known, spec)) return known
  setKnown(spec)
  return spec
}

async function loadForm(target: LaunchTarget, prefill: Prefill | undefined, signal: AbortSignal): Promise<JsonObject> {
  const { spec } = target
  const { json = {} } = await translator.taskSpecToLaunchFormJson({ taskSpec: spec }, { signal })
  if (prefill === undefined) return json
  const variables = spec.taskTemplate?.interface?.inputs
  const filled = await translator.literalsToLaunchFormJson(
    { literals: [...prefill.inputs], ...(variables && { variables }) },
    { signal },
  )
  const [before, given] = [json['properties'], filled.json?.['properties']]
  return isObject(before) && isObject(given) ? { ...json, properties: { ...before, ...given } } : json
}

function Filling({ json, target, prefill, onClose }: LaunchDialogProps & { readonly json: JsonObject }) {
  const form = useLaunchForm(json, target, prefill)
  const { fields, draftOf, problems, launch, isBusy } = form
  const variables = target.spec.taskTemplate?.interface?.inputs?.variables
  const { versions } = target
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={target.title}
      description={target.description}
      footer={
        <>
          {target.snippets && <span className="mr-auto">{form.copyable}</span>}
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} look="primary" disabled={launch.isPending || isBusy}>
            {launch.isPending ? 'Starting …' : isBusy ? 'Sending files …' : 'Start the run'}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={form.submit} className="flex flex-col gap-4">
        {versions !== undefined && versions.names.length > 1 && (
          <label className="flex items-center gap-2 text-xs text-muted">
            Version
            <select
              value={versions.chosen}
              onChange={({ target: { value } }) => versions.onChange(value)}
              className="h-7 max-w-64 min-w-0 rounded-md border border-line-strong bg-surface px-2 font-mono text-text"
            >
              {versions.names.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        {fields.length === 0 && <p className="text-sm text-muted">It takes nothing.</p>}
        {fields.map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            path={field.name}
            type={typeName(variables?.find(({ key }) => key === field.name)?.value?.type)}
            draft={draftOf(field)}
            problems={problems}
            onBusy={form.setBusy}
            onChange={(draft) => form.change(field.name, draft)}
          />
        ))}
        <OptionsInput options={form.options} problems={form.optionProblems} onChange={form.setOptions} />
        {form.error !== undefined && <ProblemLine error={form.error} />}
      </form>
    </Dialog>
  )
}

/** What is typed, what is wrong with it, and the run that it starts. */
function useLaunchForm(json: JsonObject, target: LaunchTarget, prefill: Prefill | undefined) {
  const navigate = useNavigate()
  const [drafts, setDrafts] = useState<Drafts>({})
  const [found, setFound] = useState<Problems>({})
  const [options, setOptions] = useState(() => (prefill === undefined ? noOptions : optionsOf(prefill.runSpec)))
  const [wrongOptions, setWrongOptions] = useState<OptionProblems>({})
  const [busy, setBusyPaths] = useState<ReadonlySet<string>>(new Set())
  const fields = fieldsOf(json)
  const draftOf = (field: FormField): Draft => (field.name in drafts ? drafts[field.name] : initialDraft(field))
  const launch = useMutation({
    mutationFn: async (form: JsonObject) => {
      const { literals } = await translator.launchFormJsonToLiterals({ json: form })
      return target.start({
        inputs: { literals, ...(prefill?.context && { context: prefill.context }) },
        runSpec: toRunSpec(options, prefill?.runSpec),
        name: options.name.trim(),
      })
    },
    onSuccess: (run) => {
      tell(`Started ${run}`)
      void navigate({ to: '/v2/domain/$domain/project/$project/runs/$run', params: { ...target.scope, run } })
    },
  })
  const paths = fields.flatMap((field) => pathsOf(field, draftOf(field), field.name))
  const refused = launch.error === null ? undefined : problemOf(toProblem(launch.error).message, paths)
  const fill = () => {
    const filled = fillForm(json, drafts)
    const wrong = optionProblems(options)
    setFound('problems' in filled ? filled.problems : {})
    setWrongOptions(wrong)
    return 'problems' in filled || Object.keys(wrong).length > 0 ? undefined : filled
  }
  // What was not changed and is the task's default need not be said again.
  const wanted = useRef({ values: {}, options: noOptions })
  const filled = fillForm(json, drafts)
  wanted.current = { values: 'values' in filled ? filled.values : {}, options }
  return {
    fields,
    draftOf,
    options,
    launch,
    isBusy: busy.size > 0,
    problems: refused === undefined ? found : { ...found, [refused[0]]: refused[1] },
    optionProblems: wrongOptions,
    error: launch.error !== null && refused === undefined ? launch.error : undefined,
    copyable: target.snippets && 'values' in filled && <CopyAs snippets={target.snippets(wanted.current)} />,
    submit: (event: FormEvent) => {
      event.preventDefault()
      const ready = fill()
      if (ready !== undefined) launch.mutate(ready.form)
      else requestAnimationFrame(() => document.querySelector<HTMLElement>(`#${formId} [aria-invalid=true]`)?.focus())
    },
    change: (name: string, draft: Draft) => {
      setDrafts((before) => ({ ...before, [name]: draft }))
      setFound((before) => Object.fromEntries(Object.entries(before).filter(([path]) => !isBelow(path, name))))
      if (refused !== undefined && isBelow(refused[0], name)) launch.reset()
    },
    setOptions: (next: typeof options) => {
      setOptions(next)
      setWrongOptions({})
      if (refused === undefined) launch.reset()
    },
    setBusy: (path: string, isBusy: boolean) =>
      setBusyPaths((before) => {
        const next = new Set(before)
        if (isBusy) next.add(path)
        else next.delete(path)
        return next
      }),
  }
}

function isBelow(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`)
}
