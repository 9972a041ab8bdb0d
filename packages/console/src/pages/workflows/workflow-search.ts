import { getRouteApi } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'

const route = getRouteApi('/v2/domain/$domain/project/$project/workflows/$workflow')

/** What the page of a workflow keeps in its URL. */
export interface WorkflowSearch {
  readonly version?: string
  /** graph (the usual one), interface, runs, plans or versions. */
  readonly view?: string
  /** Path of the node that is looked at. */
  readonly node?: string
  /** Nodes whose workflows are shown or hidden against the usual. */
  readonly open?: string
  readonly shut?: string
  /** The version to compare with. */
  readonly against?: string
  readonly launch?: string
}

type Change = { readonly [Name in keyof WorkflowSearch]?: string | undefined }

export function useWorkflowSearch() {
  const search: WorkflowSearch = route.useSearch()
  const { workflow } = route.useParams()
  const navigate = route.useNavigate()
  /** @param isStep whether going back undoes it */
  const set = useCallback(
    (change: Change | ((before: WorkflowSearch) => Change), isStep = false) =>
      void navigate({
        search: (before: WorkflowSearch) =>
          ({ ...before, ...(typeof change === 'function' ? change(before) : change) }) as never,
        replace: !isStep,
      }),
    [navigate],
  )
  return { name: workflow, search, set }
}

/** Larger workflows are opened with what they call folded. */
const mostUnfolded = 40

/** Which of the workflows that nodes call are shown inside of them. */
export function useFlowFolding(nodeCount: number) {
  const { search, set } = useWorkflowSearch()
  const { open = '', shut = '' } = search
  const lists = useMemo(() => ({ open: open.split(','), shut: shut.split(',') }), [open, shut])
  const isOpen = useCallback(
    (path: string) => lists.open.includes(path) || (nodeCount <= mostUnfolded && !lists.shut.includes(path)),
    [lists, nodeCount],
  )
  const onFold = (path: string, willOpen: boolean) =>
    set((before) => {
      const without = (list = '') => list.split(',').filter((each) => each !== '' && each !== path)
      const [add, remove] = willOpen ? (['open', 'shut'] as const) : (['shut', 'open'] as const)
      const needed = isUsual(nodeCount, willOpen) ? without(before[add]) : [...without(before[add]), path]
      return { [add]: needed.join(',') || undefined, [remove]: without(before[remove]).join(',') || undefined }
    })
  return { isOpen, onFold }
}

function isUsual(nodeCount: number, isOpen: boolean): boolean {
  return isOpen === nodeCount <= mostUnfolded
}
