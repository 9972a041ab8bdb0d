import {
  DataLoadingConfig_FileInputLayout,
  DataLoadingConfig_LiteralMapFormat,
  type LiteralType,
  type TaskTemplate,
} from '@tern/idl/core'

/** How a container task has its inputs as files, and leaves its outputs as files. */
export interface ContainerLayout {
  /** What the task calls the folders, e.g. `/var/inputs`. */
  readonly inputPath: string
  readonly outputPath: string
  /** In what form all inputs are there together, beside protocol buffers and JSON. */
  readonly hasYaml: boolean
  /** Files keep their names, each in a folder that has the name of the input. */
  readonly keepsNames: boolean
  readonly outputs: ReadonlyArray<readonly [name: string, type: LiteralType]>
}

/** Undefined for a task that has no inputs and outputs as files. */
export function containerLayoutOf(template: TaskTemplate | undefined): ContainerLayout | undefined {
  if (template?.type !== 'raw-container') return undefined
  const config = template.target.case === 'container' ? template.target.value.dataConfig : undefined
  if (config?.enabled !== true) return undefined
  const outputs = template.interface?.outputs?.variables ?? []
  return {
    inputPath: config.inputPath || '/var/flyte/inputs',
    outputPath: config.outputPath || '/var/flyte/outputs',
    hasYaml: config.format === DataLoadingConfig_LiteralMapFormat.YAML,
    keepsNames: config.fileInputLayout === DataLoadingConfig_FileInputLayout.NAMED_DIR,
    outputs: outputs.flatMap(({ key, value }) => (value?.type === undefined ? [] : [[key, value.type] as const])),
  }
}
