import { useQuery } from '@connectrpc/connect-query'
import { ArtifactType, DataProxyService } from '@tern/idl/dataproxy'
import { ExternalLink } from 'lucide-react'
import { followable } from '../../../api/links.ts'
import { toProblem } from '../../../api/problem.ts'
import { buttonClass } from '../../../design/button.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../../design/states.tsx'
import type { DataSource } from '../../../data/stored-data.tsx'

/**
 * A report: HTML that the user's code made. It is shown in a frame of an opaque origin, so that it can reach neither this page
 * nor the server; the server sends it with the same sandbox for who opens it by itself.
 */
export function ReportTab({ source, attempt }: { source: DataSource; attempt: number }) {
  const { project, domain, run, action } = source
  const { data, error, refetch } = useQuery(DataProxyService.method.createDownloadLink, {
    artifactType: ArtifactType.REPORT,
    source: {
      case: 'actionAttemptId',
      value: { attempt, actionId: { name: action, run: { org: '', project, domain, name: run } } },
    },
  })
  const signed = data?.preSignedUrls?.signedUrl[0]
  const url = signed === undefined ? undefined : followable(signed)
  if (error !== null && toProblem(error).kind === 'missing') {
    return <EmptyState title="No report yet">It is there once the task has stored it.</EmptyState>
  }
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (url === undefined) return <Skeleton lines={6} />
  return (
    <div className="flex min-h-0 grow flex-col">
      <div className="flex shrink-0 justify-end border-b border-line px-3 py-1.5">
        <a
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          className={buttonClass({ size: 'small', look: 'ghost' })}
        >
          <ExternalLink size={13} aria-hidden /> Open by itself
        </a>
      </div>
      <iframe
        src={url}
        title="Report"
        sandbox="allow-scripts allow-popups allow-downloads"
        referrerPolicy="no-referrer"
        className="min-h-0 w-full grow bg-white"
      />
    </div>
  )
}
