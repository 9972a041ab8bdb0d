import type { JsonObject } from '@bufbuild/protobuf'
import type { TaskTemplate } from '@tern/idl/core'
import { ownCodeHash } from '../authoring/process-role.ts'
import type { TaskContext } from '../authoring/context.ts'
import { describeCode, type SpecLocation, taskType } from '../authoring/task-spec.ts'
import { type KindTask, TaskKind } from './task-kind.ts'

/**
 * Tasks that workers execute, with code that is in the bundle: a function, or a class that extends this one and does with its
 * configuration what its tasks are to do.
 */
export abstract class CodeKind extends TaskKind {
  readonly type: string = taskType

  /** Shown with tasks of this kind. Nothing by default. */
  protected get custom(): JsonObject | undefined {
    return undefined
  }

  /** Of the bundle that it comes with. */
  override get codeHash(): string | undefined {
    return ownCodeHash()
  }

  describe(template: TaskTemplate, task: KindTask, location: SpecLocation): void {
    describeCode(template, task, location)
    const { custom } = this
    if (custom !== undefined) template.custom ??= custom
  }

  abstract override execute(inputs: never, context: TaskContext, task: KindTask): unknown
}
