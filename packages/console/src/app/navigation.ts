import {
  CalendarClock,
  Gauge,
  House,
  KeyRound,
  type LucideIcon,
  ListTree,
  Package,
  Settings2,
  Rocket,
  SquareFunction,
  Workflow,
} from 'lucide-react'

/** A page that is reached from everywhere. */
export interface NavigationItem {
  readonly label: string
  readonly icon: LucideIcon
  readonly to: string
  /** Two keys, one after the other. */
  readonly keys: string
}

const scopePath = '/v2/domain/$domain/project/$project'

/** In the order in which they are shown. A page that is added here has its route in `routes.tsx`. */
export const navigation: ReadonlyArray<ReadonlyArray<NavigationItem>> = [
  [
    { label: 'Home', icon: House, to: '/', keys: 'g h' },
    { label: 'Runs', icon: ListTree, to: `${scopePath}/runs`, keys: 'g r' },
    { label: 'Tasks', icon: SquareFunction, to: `${scopePath}/tasks`, keys: 'g t' },
    { label: 'Workflows', icon: Workflow, to: `${scopePath}/workflows`, keys: 'g w' },
    { label: 'Launch plans', icon: Rocket, to: `${scopePath}/launch-plans`, keys: 'g l' },
    { label: 'Triggers', icon: CalendarClock, to: `${scopePath}/triggers`, keys: 'g c' },
    { label: 'Artifacts', icon: Package, to: `${scopePath}/artifacts`, keys: 'g a' },
  ],
  [
    { label: 'Queues', icon: Gauge, to: `${scopePath}/queues`, keys: 'g q' },
    { label: 'Secrets', icon: KeyRound, to: `${scopePath}/secrets`, keys: 'g s' },
    { label: 'Settings', icon: Settings2, to: `${scopePath}/settings`, keys: 'g ,' },
  ],
]
