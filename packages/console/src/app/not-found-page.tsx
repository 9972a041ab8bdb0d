import { Link } from '@tanstack/react-router'
import { buttonClass } from '../design/button.tsx'
import { EmptyState } from '../design/states.tsx'

export function NotFoundPage() {
  return (
    <EmptyState
      title="There is no such page"
      actions={
        <Link to="/" className={buttonClass()}>
          Go home
        </Link>
      }
    >
      The address may be mistyped, or of a newer version of Tern.
    </EmptyState>
  )
}
