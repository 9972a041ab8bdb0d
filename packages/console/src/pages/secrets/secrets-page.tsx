import { type Secret, type SecretIdentifier, SecretService, SecretType } from '@tern/idl/secret'
import { Globe, KeyRound } from 'lucide-react'
import { usePages } from '../../api/use-pages.ts'
import { type Scope, useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { CopyAs } from '../../design/copy.tsx'
import { PageHeader } from '../../design/page.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { ShowMore } from '../../design/show-more.tsx'
import { secretsSnippets } from '../../model/snippets.ts'
import { msOf } from '../../model/times.ts'

const pageSize = 200

/** The names of the secrets that the tasks of a project can ask for. Values are never shown: no server gives them. */
export function SecretsPage() {
  const scope = useScope()
  useTitle(`Secrets · ${scope.project}`)
  const query = usePages({
    method: SecretService.method.listSecrets,
    key: [],
    request: (token) => ({ limit: pageSize, token }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 1,
  })
  const { data, error, refetch, hasNextPage } = query
  const secrets = data?.pages.flatMap((page) => page.secrets).filter(({ id }) => id !== undefined && isFor(id, scope))
  return (
    <>
      <PageHeader title="Secrets" actions={<CopyAs snippets={secretsSnippets(scope)} />}>
        <p className="mt-1 text-xs text-muted">
          What the tasks of {scope.project} in {scope.domain} can ask for. Nobody can read a value, here or elsewhere.
        </p>
      </PageHeader>
      {error !== null && secrets === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {secrets === undefined && error === null && <Skeleton lines={6} />}
      {secrets?.length === 0 && !hasNextPage && (
        <EmptyState icon={KeyRound} title="There are no secrets">
          <code className="font-mono">tern create secret NAME</code> asks for the value of one.
        </EmptyState>
      )}
      {secrets !== undefined && secrets.length > 0 && (
        <ul className="divide-y divide-line" aria-label="Secrets">
          {secrets.map((secret) => (
            <SecretLine key={`${secret.id?.domain} ${secret.id?.project} ${secret.id?.name}`} secret={secret} />
          ))}
        </ul>
      )}
      <ShowMore query={query} label="Show more secrets" />
    </>
  )
}

/** A secret of no domain or no project is for all of them. */
function isFor({ project, domain }: SecretIdentifier, scope: Scope): boolean {
  return ['', scope.project].includes(project) && ['', scope.domain].includes(domain)
}

function SecretLine({ secret: { id, secretMetadata } }: { secret: Secret }) {
  const { name = '', project = '', domain = '' } = id ?? {}
  const Icon = project === '' ? Globe : KeyRound
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-4 py-2 md:grid-cols-[auto_minmax(0,1fr)_16rem_9rem] md:px-5">
      <Icon size={14} className="text-muted" aria-hidden />
      <span className="min-w-0 truncate font-mono text-xs font-medium">{name}</span>
      <span className="col-start-2 row-start-2 truncate text-xs text-muted md:col-start-auto md:row-start-auto">
        {scopeText(project, domain)}
        {secretMetadata?.type === SecretType.IMAGE_PULL_SECRET && ', to pull images'}
      </span>
      <span className="text-right text-xs text-muted">
        created <TimeAgo at={msOf(secretMetadata?.createdTime)} />
      </span>
    </li>
  )
}

function scopeText(project: string, domain: string): string {
  if (project !== '') return 'this project'
  return domain === '' ? 'every project' : `every project in ${domain}`
}
