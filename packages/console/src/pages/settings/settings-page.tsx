import { getRouteApi } from '@tanstack/react-router'
import { Settings2 } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { toProblem } from '../../api/problem.ts'
import { useCommands } from '../../app/palette-commands.ts'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { CopyAs } from '../../design/copy.tsx'
import { PageHeader } from '../../design/page.tsx'
import { Segments } from '../../design/segments.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../design/states.tsx'
import { settingsSnippets } from '../../model/snippets.ts'
import { keyOf, type Level, levelOf, levelWords } from './levels.ts'
import { ProjectSection } from './project-section.tsx'
import { SettingDialog } from './setting-dialog.tsx'
import { SettingList } from './setting-list.tsx'
import { toShown, useSettings } from './use-settings.ts'

const route = getRouteApi('/v2/domain/$domain/project/$project/settings')

/** In the URL, for the form of the project itself. */
const project = 'project'

/** What holds for the runs of a project, of a domain or of all, who says so, and the project itself. */
export function SettingsPage() {
  const scope = useScope()
  useTitle(`Settings · ${scope.project}`)
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const level = levelOf(search.level)
  const { settings, error, refetch } = useSettings(level, scope)
  const go = useCallback(
    (to: Level, edit?: string) =>
      void navigate({ search: { ...(to !== 'project' && { level: to }), ...(edit && { edit }) }, replace: true }),
    [navigate],
  )
  const editProject = useCallback((isEditing: boolean) => go('project', isEditing ? project : undefined), [go])
  const commands = useMemo(
    () => (settings?.states ?? []).map(({ field: { name } }) => ({ label: `Set ${name}`, run: () => go(level, name) })),
    [settings, go, level],
  )
  useCommands(commands)
  const read = async () => {
    const { data } = await refetch()
    return data && toShown(data.levels)
  }
  return (
    <>
      <PageHeader
        title="Settings"
        actions={
          <>
            <Segments
              label="Whose settings"
              options={[
                { name: 'project', label: scope.project },
                { name: 'domain', label: scope.domain },
                { name: 'org', label: 'All' },
              ]}
              chosen={level}
              onChoose={(name) => go(name)}
            />
            <CopyAs snippets={settingsSnippets(scope, keyOf(level, scope))} />
          </>
        }
      >
        <p className="mt-1 text-xs text-muted">
          What holds for runs of {levelWords(level, scope)}, where a run does not say itself.
          {settings !== undefined && settings.own !== undefined && settings.own.version > 0n && (
            <span className="text-faint"> Version {settings.own.version.toString()}.</span>
          )}
        </p>
      </PageHeader>
      {level === 'project' && (
        <div className="shrink-0 border-b border-line md:px-1">
          <ProjectSection id={scope.project} isEditing={search.edit === project} onEdit={editProject} />
        </div>
      )}
      {settings === undefined && error !== null && <Refused error={error} onRetry={() => void refetch()} />}
      {settings === undefined && error === null && <Skeleton lines={8} />}
      {settings !== undefined && (
        <SettingList states={settings.states} level={level} scope={scope} onEdit={(name) => go(level, name)} />
      )}
      {settings !== undefined && search.edit !== undefined && search.edit !== project && (
        <SettingDialog
          key={`${level} ${search.edit}`}
          name={search.edit}
          settings={settings}
          level={level}
          scope={scope}
          onRead={read}
          onClose={() => go(level)}
        />
      )}
    </>
  )
}

function Refused({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  if (toProblem(error).code !== 'Unimplemented') return <ErrorState error={error} onRetry={onRetry} />
  return (
    <EmptyState icon={Settings2} title="This server has no settings">
      Runs have what they are started with.
    </EmptyState>
  )
}
