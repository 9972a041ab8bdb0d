import type { TaskSpec } from '@tern/idl/task'
import { CodeView } from '../../../code/code-view.tsx'
import { useCode } from '../../../code/use-code.ts'
import type { DataSource } from '../../../data/stored-data.tsx'
import { ErrorState, Skeleton } from '../../../design/states.tsx'
import { useRunSearch } from '../run-search.ts'

/** The code that an action executed. */
export function CodeTab({ spec, source, attempt }: { spec: TaskSpec; source: DataSource; attempt: number }) {
  const { search, set } = useRunSearch()
  const { data, error, refetch } = useCode({ action: source, attempt }, spec)
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton lines={8} />
  const name = spec.taskTemplate?.id?.name ?? ''
  return (
    <CodeView
      sources={data}
      task={name.slice(name.lastIndexOf('.') + 1)}
      file={search.file}
      line={/^\d+$/.test(search.line ?? '') ? Number(search.line) : undefined}
      onShow={({ path, line }) => set({ file: path, line: line?.toString() })}
    />
  )
}
