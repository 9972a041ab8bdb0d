import { create } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import {
  type Container,
  ContainerSchema,
  DataLoadingConfig_FileInputLayout,
  DataLoadingConfig_LiteralMapFormat,
  type TaskTemplate,
} from '@tern/idl/core'
import { toExtendedResources } from '../authoring/accelerators.ts'
import type { TaskContext } from '../authoring/context.ts'
import { toWireResources } from '../authoring/task-spec.ts'
import { runContainer } from './container-run.ts'
import { checkInputNames } from './placeholders.ts'
import { type KindTask, TaskKind } from './task-kind.ts'

/** What a container task is made of. */
export interface ContainerConfig {
  /** The image that it needs. Where tasks are processes of a machine, its programs have to be installed there. */
  readonly image: string
  /**
   * The program and its arguments. `{{.inputs.name}}` stands for the value of an input, or for the path of one that is a file,
   * a folder or a data frame.
   */
  readonly command: readonly string[]
  /** More arguments. Defaults to none. */
  readonly args?: readonly string[] | undefined
  /** Where the task finds its inputs, each in a file of its name. Defaults to `/var/inputs`. */
  readonly inputDir?: string | undefined
  /** Where it leaves its outputs, each in a file of its name; the one of `output` is called `o0`. Defaults to `/var/outputs`. */
  readonly outputDir?: string | undefined
  /** In what form all inputs are found together, in `inputs.json`, `inputs.yaml` or `inputs.pb`. Defaults to `'json'`. */
  readonly metadataFormat?: 'json' | 'yaml' | 'proto' | undefined
  /** `'named'`: inputs that are files keep their names, in a folder that has the name of the input. Defaults to `'direct'`. */
  readonly fileLayout?: 'direct' | 'named' | undefined
}

const formats = {
  json: DataLoadingConfig_LiteralMapFormat.JSON,
  yaml: DataLoadingConfig_LiteralMapFormat.YAML,
  proto: DataLoadingConfig_LiteralMapFormat.PROTO,
} as const

const layouts = {
  direct: DataLoadingConfig_FileInputLayout.DIRECT,
  named: DataLoadingConfig_FileInputLayout.NAMED_DIR,
} as const

export const defaultInputDir = '/var/inputs'
export const defaultOutputDir = '/var/outputs'

/** Tasks that are a command of an image, in whatever language, with nothing of this SDK in it. */
export class ContainerKind extends TaskKind {
  readonly type = 'raw-container'
  protected readonly config: ContainerConfig

  constructor(config: ContainerConfig) {
    super()
    this.config = config
  }

  protected get identity(): unknown {
    return this.config
  }

  /** What is started. */
  protected commandOf(_task: KindTask): readonly string[] {
    return this.config.command
  }

  describe(template: TaskTemplate, task: KindTask): void {
    template.target = { case: 'container', value: this.#containerOf(task) }
    const extended = toExtendedResources(task.options.resources)
    if (extended !== undefined) template.extendedResources = extended
  }

  override check(task: KindTask): void {
    const {
      image,
      command,
      args = [],
      inputDir,
      outputDir,
      metadataFormat = 'json',
      fileLayout = 'direct',
    } = this.config
    const invalid = (field: string, message: string) =>
      new InvalidArgumentError(`task ${task.name}: ${message}`, { field })
    if (typeof image !== 'string' || image === '') throw invalid('image', 'image must be the name of an image')
    if (!isTexts(command) || !isTexts(args)) throw invalid('command', 'command and args must be lists of texts')
    if (this.commandOf(task).length + args.length === 0) throw invalid('command', 'command must name a program')
    for (const [field, path] of Object.entries({ inputDir, outputDir })) {
      if (path !== undefined && !/^\/[^/]/.test(path)) throw invalid(field, `${field} must be a path such as /var/data`)
    }
    if (!Object.hasOwn(formats, metadataFormat))
      throw invalid('metadataFormat', `metadataFormat must be one of ${Object.keys(formats).join(', ')}`)
    if (!Object.hasOwn(layouts, fileLayout)) throw invalid('fileLayout', `fileLayout must be 'direct' or 'named'`)
    if (typeof task.options.podTemplate !== 'string')
      throw invalid('podTemplate', 'a container task takes the pod template of its environment by name only')
    for (const part of [...command, ...args]) checkInputNames(task, 'command', part)
  }

  /** Runs the command as a process of this machine, as a server does that has no containers. */
  override execute(inputs: Readonly<Record<string, unknown>>, context: TaskContext, task: KindTask): Promise<unknown> {
    return runContainer(this, inputs, context, task)
  }

  #containerOf(task: KindTask): Container {
    const { image, args = [], metadataFormat = 'json', fileLayout = 'direct' } = this.config
    const { inputDir = defaultInputDir, outputDir = defaultOutputDir } = this.config
    return create(ContainerSchema, {
      image,
      command: [...this.commandOf(task)],
      args: [...args],
      env: Object.entries(task.options.envVars).map(([key, value]) => ({ key, value })),
      resources: toWireResources(task.options.resources),
      dataConfig: {
        enabled: true,
        inputPath: inputDir,
        outputPath: outputDir,
        format: formats[metadataFormat],
        fileInputLayout: layouts[fileLayout],
      },
    })
  }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
