import type { ArtifactTables } from './schema/artifact-tables.ts'
import type { LaunchPlanTables } from './schema/launch-plan-tables.ts'
import type { ReportTables } from './schema/report-tables.ts'
import type { RunTables } from './schema/run-tables.ts'
import type { ServerTables } from './schema/server-tables.ts'
import type { TaskTables } from './schema/task-tables.ts'
import type { TriggerTables } from './schema/trigger-tables.ts'

/**
 * The tables of the store, as Kysely sees them. Times are UTC epoch milliseconds, enums are the protocol's numbers,
 * `Uint8Array` columns hold serialized protobuf messages. The statements that create them are in `migrations/`.
 */
export interface Schema
  extends ArtifactTables,
    LaunchPlanTables,
    ReportTables,
    RunTables,
    ServerTables,
    TaskTables,
    TriggerTables {}
