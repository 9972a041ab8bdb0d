import { useParams } from '@tanstack/react-router'
import { useMemo, useSyncExternalStore } from 'react'

/** Where one looks: everything that runs belongs to a project and a domain. */
export interface Scope {
  readonly project: string
  readonly domain: string
}

const usual: Scope = { project: 'flytesnacks', domain: 'development' }
const key = 'tern.scope'

const listeners = new Set<() => void>()

/** The scope in the URL; on pages of none, that which was looked at last. */
export function useScope(): Scope {
  const { project, domain } = useParams({ strict: false }) as Partial<Scope>
  // A page of no scope may stay while a link is followed and left again: only the memory tells it then.
  const last = useSyncExternalStore(subscribe, remembered)
  return useMemo(
    () => (project !== undefined && domain !== undefined ? { project, domain } : parse(last)),
    [project, domain, last],
  )
}

/** The scope in the address, which is ahead of the page while another one is on its way. */
export function addressedScope(): Scope | undefined {
  const [, domain, project] = /^\/v2\/domain\/([^/]+)\/project\/([^/]+)/.exec(location.pathname) ?? []
  if (domain === undefined || project === undefined) return undefined
  return { project: decodeURIComponent(project), domain: decodeURIComponent(domain) }
}

export function rememberScope({ project, domain }: Scope): void {
  localStorage.setItem(key, `${project}/${domain}`)
  for (const listener of listeners) listener()
}

const remembered = () => localStorage.getItem(key) ?? ''

function parse(text: string): Scope {
  const [project, domain] = text.split('/')
  return project && domain ? { project, domain } : usual
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
