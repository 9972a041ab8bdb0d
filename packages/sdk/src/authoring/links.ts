import { create } from '@bufbuild/protobuf'
import { type TaskLog, TaskLogSchema } from '@tern/idl/core'
import { checkKeys, checkText, invalid, isRecord } from './check-values.ts'

/** Leads from an action to a page elsewhere: its dashboard, its log, its machine. */
export interface Link {
  /** What is shown. */
  readonly name: string
  /**
   * Where it leads, with placeholders that are filled for each attempt: `{{.runName}}`, `{{.project}}`, `{{.domain}}`,
   * `{{.org}}`, `{{.actionName}}`, `{{.taskName}}` and `{{.attempt}}`, counted from 1. Others stay as they are.
   */
  readonly uri: string
  /** A picture shown beside the name. */
  readonly iconUri?: string | undefined
}

const keys = new Set(['name', 'uri', 'iconUri'])
const leading = /^(?:https?:\/\/|\/|\{\{)/

/** @throws InvalidArgumentError naming what is wrong */
export function checkLinks(value: unknown): void {
  if (value === undefined) return
  const names = new Set<unknown>()
  for (const link of Array.isArray(value) ? value : [value]) {
    if (!isRecord(link)) throw invalid('links', 'links must be objects with a name and a uri')
    checkKeys(link, keys, 'links')
    const { name, uri, iconUri } = link
    if (typeof name !== 'string' || name === '') throw invalid('links.name', 'a link must have a name')
    if (names.has(name)) throw invalid('links.name', `there are two links with the name ${JSON.stringify(name)}`)
    names.add(name)
    checkText(iconUri, `link ${name}: iconUri`)
    if (typeof uri !== 'string' || !leading.test(uri)) {
      throw invalid('links.uri', `link ${name}: uri ${JSON.stringify(uri)} must begin with http://, https:// or /`)
    }
  }
}

/** The links as the protocol has them. */
export function toTaskLogs(links: readonly Link[]): TaskLog[] {
  return links.map(({ name, uri, iconUri = '' }) => create(TaskLogSchema, { name, uri, iconUri }))
}
