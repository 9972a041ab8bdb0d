import { useMutation, useQuery } from '@connectrpc/connect-query'
import { create } from '@bufbuild/protobuf'
import { useQueryClient } from '@tanstack/react-query'
import { type Project, ProjectService, ProjectState } from '@tern/idl/project'
import { LabelsSchema } from '@tern/idl/task'
import { Archive, ArchiveRestore, Pencil } from 'lucide-react'
import { type FormEvent, useMemo, useState } from 'react'
import { useCommands } from '../../app/palette-commands.ts'
import { Button } from '../../design/button.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { Facts, Section } from '../../design/facts.tsx'
import { ErrorState, ProblemLine, Skeleton } from '../../design/states.tsx'
import { tell, tellProblem } from '../../design/toast.tsx'
import { type Entry, parse } from './setting-form.ts'
import { Entries } from './setting-input.tsx'
import { ValueOf } from './setting-value.tsx'

/** What is said of a project, and what can be done with it. */
export function ProjectSection({
  id,
  isEditing,
  onEdit,
}: {
  readonly id: string
  readonly isEditing: boolean
  readonly onEdit: (isEditing: boolean) => void
}) {
  const { data, error, refetch } = useQuery(ProjectService.method.getProject, { id })
  const [isArchiving, setArchiving] = useState(false)
  const save = useSaveProject()
  const project = data?.project
  const isArchived = project !== undefined && project.state !== ProjectState.ACTIVE
  const setState = (state: ProjectState) => {
    if (project === undefined) return
    save.mutate(
      { ...project, state },
      {
        onSuccess: () => {
          tell(state === ProjectState.ACTIVE ? `${id} takes runs again` : `Archived ${id}`)
          setArchiving(false)
        },
        onError: tellProblem,
      },
    )
  }
  const commands = useMemo(
    () => [{ label: 'Edit this project', icon: <Pencil size={15} />, run: () => onEdit(true) }],
    [onEdit],
  )
  useCommands(commands)
  return (
    <Section
      title="Project"
      actions={
        project && (
          <span className="flex gap-2">
            {isArchived ? (
              <Button
                size="small"
                icon={<ArchiveRestore size={13} aria-hidden />}
                disabled={save.isPending}
                onClick={() => setState(ProjectState.ACTIVE)}
              >
                Make active
              </Button>
            ) : (
              <Button
                size="small"
                look="danger"
                icon={<Archive size={13} aria-hidden />}
                onClick={() => setArchiving(true)}
              >
                Archive
              </Button>
            )}
            <Button size="small" icon={<Pencil size={13} aria-hidden />} onClick={() => onEdit(true)}>
              Edit
            </Button>
          </span>
        )
      }
    >
      {error !== null && project === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {error === null && project === undefined && <Skeleton lines={3} />}
      {project !== undefined && (
        <>
          {isArchived && (
            <p className="mb-2.5 rounded-md bg-warn-soft px-2.5 py-1.5 text-xs text-warn">
              It is archived: it keeps what it has, and takes no runs and no deployments.
            </p>
          )}
          <Facts
            facts={[
              { label: 'Name', value: project.name || project.id },
              { label: 'Id', value: <span className="font-mono">{project.id}</span> },
              { label: 'Description', value: project.description || <span className="text-faint">none</span> },
              { label: 'Labels', value: <Labels labels={project.labels?.values ?? {}} /> },
              { label: 'Domains', value: project.domains.map((domain) => domain.id).join(', ') },
            ]}
          />
          {isEditing && <ProjectDialog project={project} onClose={() => onEdit(false)} />}
          {isArchiving && (
            <Dialog
              isOpen
              onClose={() => setArchiving(false)}
              title={`Archive ${id}?`}
              footer={
                <>
                  <Button onClick={() => setArchiving(false)}>Cancel</Button>
                  <Button look="danger" disabled={save.isPending} onClick={() => setState(ProjectState.ARCHIVED)}>
                    Archive the project
                  </Button>
                </>
              }
            >
              <p className="text-sm">
                It takes no more runs and deployments, in none of its domains, and its schedules start nothing. What it
                has stays, and runs that are under way come to their end. It can be made active again.
              </p>
            </Dialog>
          )}
        </>
      )}
    </Section>
  )
}

function Labels({ labels }: { labels: Readonly<Record<string, string>> }) {
  return Object.keys(labels).length === 0 ? <span className="text-faint">none</span> : <ValueOf value={labels} />
}

function useSaveProject() {
  const queries = useQueryClient()
  const mutation = useMutation(ProjectService.method.updateProject, { onSuccess: () => queries.invalidateQueries() })
  return {
    ...mutation,
    mutate: (project: Project, options: Parameters<typeof mutation.mutate>[1]) => mutation.mutate({ project }, options),
  }
}

const formId = 'project'
const boxClass = 'w-full rounded-md border border-line-strong bg-surface px-2.5 text-sm text-text'

function ProjectDialog({ project, onClose }: { project: Project; onClose: () => void }) {
  const [name, setName] = useState(project.name)
  const [description, setDescription] = useState(project.description)
  const [entries, setEntries] = useState<ReadonlyArray<Entry>>(
    Object.entries(project.labels?.values ?? {}).map(([key, value]) => ({ key, value })),
  )
  const [problem, setProblem] = useState<string>()
  const save = useSaveProject()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const labels = parse('map', { choice: 'value', text: '', entries })
    if ('problem' in labels) return setProblem(labels.problem)
    setProblem(undefined)
    save.mutate(
      {
        ...project,
        name,
        description,
        labels: create(LabelsSchema, { values: labels.value as Record<string, string> }),
      },
      {
        onSuccess: () => {
          tell(`Saved ${project.id}`)
          onClose()
        },
      },
    )
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Project ${project.id}`}
      description="Its id is in names and addresses, and stays."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} look="primary" disabled={save.isPending}>
            {save.isPending ? 'Saving …' : 'Save'}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-3">
        <label className="flex flex-col gap-1 text-xs">
          Name
          <input value={name} onChange={({ target }) => setName(target.value)} className={`${boxClass} h-8`} />
        </label>
        <label className="flex flex-col gap-1 text-xs">
          Description
          <textarea
            value={description}
            rows={3}
            onChange={({ target }) => setDescription(target.value)}
            className={`${boxClass} py-1.5`}
          />
        </label>
        <div className="flex flex-col gap-1 text-xs">
          Labels
          <Entries entries={entries} onChange={setEntries} />
        </div>
        {problem !== undefined && (
          <p role="alert" className="text-xs text-bad">
            {problem}
          </p>
        )}
        <ProblemLine error={save.error} />
      </form>
    </Dialog>
  )
}
