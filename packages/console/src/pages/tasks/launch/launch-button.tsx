import { Play } from 'lucide-react'
import { Button } from '../../../design/button.tsx'

/** Opens the launch form of what a page shows, once that has come. */
export function LaunchButton({ isReady, onLaunch }: { isReady: boolean; onLaunch: () => void }) {
  return (
    <Button
      size="small"
      look="primary"
      icon={<Play size={13} aria-hidden />}
      disabled={!isReady}
      onClick={() => onLaunch()}
    >
      Launch
    </Button>
  )
}
