import { create } from '@bufbuild/protobuf'
import type { ActionIdentifier } from '@tern/idl/common'
import { type ActionUpdate, type ControlMessage, ControlMessageSchema } from '@tern/idl/workflow'
import { watchChildren } from '../../runs/watch-children.ts'
import type { ApiDomain } from '../domain.ts'
import { toActionUpdate } from '../wire/action-update.ts'
import { fromActionIdentifier } from '../wire/identifiers.ts'

/** One message to a parent that waits for its children. */
export interface ChildUpdate {
  readonly message:
    | { readonly case: 'actionUpdate'; readonly value: ActionUpdate }
    | { readonly case: 'controlMessage'; readonly value: ControlMessage }
}

/** The children of an action as they are, a sentinel, and then each that is added or changes. */
export async function* childUpdates(
  { engine, repositories, actionData, config }: ApiDomain,
  parent: ActionIdentifier | undefined,
  signal: AbortSignal,
): AsyncIterable<ChildUpdate> {
  const news = watchChildren({
    feed: engine.changes,
    runs: repositories.runs,
    actions: repositories.actions,
    parent: fromActionIdentifier(parent, 'parent_action_id'),
    keepAliveMs: config.keepAliveMs,
    signal,
  })
  for await (const item of news) {
    if (item.kind === 'sentinel') {
      yield { message: { case: 'controlMessage', value: create(ControlMessageSchema, { sentinel: true }) } }
      continue
    }
    for (const child of item.children) {
      const outputUri = await actionData.outputPrefix(item.run.runBase, child)
      yield { message: { case: 'actionUpdate', value: toActionUpdate(config.org, item.run, child, outputUri) } }
    }
  }
}
