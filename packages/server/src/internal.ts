// For Tern's own benchmarks, which fill stores faster than requests could. No promises about it between versions.
export type { ActionRecord, EngineBatch, RunRecord, SpecRow } from './store/engine-store.ts'
export { openStore } from './store/open-store.ts'
export { createRepositories, type Repositories } from './store/repositories.ts'
export { digestOf, toSpecRecord } from './store/specs.ts'
export type { Store } from './store/store.ts'
export type { StoredTrigger } from './store/triggers-repository.ts'
export { gatherStatistics } from './store/statistics.ts'
