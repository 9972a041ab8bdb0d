import { initial } from './0001-initial.ts'
import { triggers } from './0002-triggers.ts'
import { events } from './0003-events.ts'
import { cacheEntries } from './0004-cache-entries.ts'
import { settings } from './0005-settings.ts'
import { secrets } from './0006-secrets.ts'
import { artifacts } from './0007-artifacts.ts'
import { triggerPolicies } from './0008-trigger-policies.ts'
import { servers } from './0009-servers.ts'
import { indexes } from './0010-indexes.ts'
import { externalActions } from './0011-external-actions.ts'
import { webhooks } from './0012-webhooks.ts'
import { entrypoints } from './0018-entrypoints.ts'
import { images } from './0017-images.ts'
import { retention } from './0020-retention.ts'
import { notifications } from './0021-notifications.ts'
import { launchPlans } from './0022-launch-plans.ts'
import { startersAndPlaces } from './0023-starters-and-places.ts'
import type { Migration } from './migration.ts'

/** Every step of the schema, oldest first. */
export const migrations: ReadonlyArray<Migration> = [
  initial,
  triggers,
  events,
  cacheEntries,
  settings,
  secrets,
  artifacts,
  triggerPolicies,
  servers,
  indexes,
  externalActions,
  webhooks,
  images,
  entrypoints,
  retention,
  notifications,
  launchPlans,
  startersAndPlaces,
]
