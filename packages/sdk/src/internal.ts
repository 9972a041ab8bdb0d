// For Tern's other packages. No promises about it between versions.
export { cachingOf, type Caching } from './authoring/caching.ts'
export { sdkVersion } from './authoring/registry.ts'
export { LocalPlace, localFilesRoot, type Place } from './io/place.ts'
export { storeAll } from './io/storing.ts'
export { readAnswer } from './local/terminal-answers.ts'
export { definitionOf } from './authoring/task.ts'
export type { TaskDefinition } from './authoring/task-definition.ts'
export { taskType } from './authoring/task-spec.ts'
