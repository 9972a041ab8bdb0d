import { useParams } from '@tanstack/react-router'

/** Where one looks: everything that runs belongs to a project and a domain. */
export interface Scope {
  readonly project: string
  readonly domain: string
}

const usual: Scope = { project: 'flytesnacks', domain: 'development' }
const key = 'tern.scope'

/** The scope in the URL; on pages of none, that of the page before. */
export function useScope(): Scope {
  const { project, domain } = useParams({ strict: false }) as Partial<Scope>
  return project !== undefined && domain !== undefined ? { project, domain } : lastScope()
}

function lastScope(): Scope {
  const [project, domain] = (localStorage.getItem(key) ?? '').split('/')
  return project && domain ? { project, domain } : usual
}

export function rememberScope({ project, domain }: Scope): void {
  localStorage.setItem(key, `${project}/${domain}`)
}
