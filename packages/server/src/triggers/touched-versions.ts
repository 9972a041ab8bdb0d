import { compareKeys, type TaskName, type TriggerChange } from '../store/triggers-repository.ts'

interface TouchedTask {
  readonly task: TaskName
  readonly versions: Set<string>
}

/** The tasks whose triggers change, and their versions that gain or lose one, in the order that they are written in. */
export function touchedVersions(changes: ReadonlyArray<TriggerChange>): ReadonlyArray<TouchedTask> {
  const tasks = new Map<string, TouchedTask>()
  for (const { before, after } of Array.from(changes).sort((a, b) => compareKeys(a.after.key, b.after.key))) {
    const { project, domain, taskName } = after.key
    const id = JSON.stringify([project, domain, taskName])
    const touched = tasks.get(id) ?? { task: { project, domain, name: taskName }, versions: new Set() }
    touched.versions.add(after.taskVersion)
    if (before !== undefined) touched.versions.add(before.taskVersion)
    tasks.set(id, touched)
  }
  return Array.from(tasks.values())
}
