import type { ActionDetails } from '@tern/idl/workflow'
import { CircleSlash, Code2, EllipsisVertical, Pencil, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '../../../design/button.tsx'
import { copyText } from '../../../design/copy.tsx'
import { Menu } from '../../../design/menu.tsx'
import type { DataSource } from '../../../data/stored-data.tsx'
import { isTerminal } from '../../../model/phases.ts'
import { actionSnippets } from '../../../model/snippets.ts'
import { useRunSearch } from '../run-search.ts'
import { AbortDialog } from './abort-dialog.tsx'
import { useStartAgain } from './use-start-again.ts'

/** What can be done about one action. */
export function ActionMenu({ details, source }: { details: ActionDetails; source: DataSource }) {
  const [isAborting, setAborting] = useState(false)
  const { set } = useRunSearch()
  const again = useStartAgain(source)
  const snippets = actionSnippets(source, source.run, source.action)
  const isEnded = isTerminal(details.status?.phase)
  return (
    <>
      <Menu
        label="Action"
        trigger={<IconButton label="What can be done" icon={<EllipsisVertical size={15} />} />}
        groups={[
          [
            {
              label: 'Run this task by itself',
              icon: <RotateCw size={13} />,
              isDisabled: details.spec.case !== 'task' || again.isPending,
              onSelect: () => again.mutate('rerun'),
            },
            {
              label: 'Run it by itself with changes',
              icon: <Pencil size={13} />,
              isDisabled: details.spec.case !== 'task',
              onSelect: () => set({ again: source.action }),
            },
            {
              label: 'Abort',
              icon: <CircleSlash size={13} />,
              isBad: true,
              isDisabled: isEnded,
              onSelect: () => setAborting(true),
            },
          ],
          [
            {
              label: 'Copy as CLI command',
              icon: <Code2 size={13} />,
              onSelect: () => void copyText(snippets.cli ?? '', 'the CLI command'),
            },
            { label: 'Copy as TypeScript', onSelect: () => void copyText(snippets.typescript ?? '', 'the TypeScript') },
            { label: 'Copy as Python', onSelect: () => void copyText(snippets.python ?? '', 'the Python') },
            { label: 'Copy link', onSelect: () => void copyText(location.href, 'the link') },
          ],
        ]}
      />
      {isAborting && <AbortDialog source={source} onClose={() => setAborting(false)} />}
    </>
  )
}
