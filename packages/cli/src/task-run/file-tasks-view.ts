import { taskSpecOf, type BundleProgram } from '@tern/sdk/bundle'
import type { TextStyle } from '../output/print-result.ts'
import { renderTable } from '../output/table.ts'
import { toInputViews, type VariableView } from '../views/task-view.ts'

/** A task of a file, as `tern run FILE -o json` shows it. */
export interface FileTaskView {
  /** What to write after the file. */
  readonly task: string
  /** `environment.function` */
  readonly name: string
  readonly description: string | null
  /** Of the task on the wire: `typescript`, `workflow`, `launch-plan`, …. */
  readonly type: string
  readonly inputs: readonly VariableView[]
}

const nowhere = { org: '', project: '', domain: '', version: '', bundleUri: '' }

export function toFileTasksView({ exportedTasks }: BundleProgram): FileTaskView[] {
  return [...exportedTasks].map(([exportName, task]) => {
    const spec = taskSpecOf(task, nowhere)
    return {
      task: exportName,
      name: task.name,
      description: spec.documentation?.shortDescription || null,
      type: spec.taskTemplate?.type ?? '',
      inputs: toInputViews(spec.taskTemplate?.interface?.inputs, spec.defaultInputs),
    }
  })
}

export function fileTasksText(tasks: readonly FileTaskView[], file: string, style: TextStyle): string {
  // Where there are functions only, nobody needs to be told.
  const hasKinds = tasks.some(({ type }) => type !== 'typescript')
  const table = renderTable<FileTaskView>(
    tasks,
    [
      { title: 'TASK', value: ({ task }) => task },
      ...(hasKinds ? [{ title: 'KIND', value: kindOf }] : []),
      { title: 'NAME', value: ({ name }) => name },
      { title: 'INPUTS', value: ({ inputs }) => inputs.map(inputText).join(', '), shrinks: true },
      { title: 'DESCRIPTION', value: ({ description }) => description ?? '', shrinks: true },
    ],
    style,
  )
  return `${table}\n${style.colors.dim(`Run one: tern run ${file} TASK; see its inputs: tern run ${file} TASK --help`)}\n`
}

function kindOf({ type }: FileTaskView): string {
  return type === 'typescript' ? 'task' : type.replaceAll('-', ' ')
}

function inputText({ name, type, required }: VariableView): string {
  return `${name}${required ? '' : '?'}: ${type}`
}
