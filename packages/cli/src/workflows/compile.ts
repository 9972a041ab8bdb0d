import { type JsonValue, toJson } from '@bufbuild/protobuf'
import { drawDot, drawMermaid, drawText, type Outline, outlineOf, restyleSvg } from '@tern/core/workflow'
import { WorkflowSchema } from '@tern/idl/graph'
import type { CliIo } from '../io.ts'
import { printResult, type TextStyle } from '../output/print-result.ts'
import type { OutputFormat } from '../flags/common-options.ts'
import { UsageError } from '../usage-error.ts'
import { type Compiled, compileFile } from './compile-file.ts'

/** What `tern compile -o json` prints. */
export interface CompiledView {
  readonly name: string
  readonly digest: string
  readonly warnings: readonly string[]
  readonly graph: JsonValue
}

export type Drawing = 'mermaid' | 'dot' | 'svg'

export interface CompileRequest {
  readonly file: string
  readonly workflow: string | undefined
  readonly drawing: Drawing | undefined
  readonly format: OutputFormat
  readonly io: CliIo
}

/** Compiles a workflow and prints its graph: as text, as a drawing, or whole. */
export async function compile({ file, workflow, drawing, format, io }: CompileRequest): Promise<void> {
  if (drawing !== undefined && format !== 'table') {
    throw new UsageError(`--draw ${drawing} is a format of its own`, { hint: `Leave out -o ${format}.` })
  }
  const compiled = await compileFile(file, workflow, io)
  const { stdout, stderr } = io
  for (const warning of compiled.warnings) stderr.write(`${stderr.colors.yellow('warning:')} ${warning}\n`)
  if (drawing !== undefined) {
    stdout.write(await draw(outlineOf(compiled.workflow), drawing))
    return
  }
  await printResult(toView(compiled), { format, io, toText: (_, style) => compiledText(compiled, style) })
}

async function draw(outline: Outline, drawing: Drawing): Promise<string> {
  if (drawing === 'mermaid') return drawMermaid(outline)
  if (drawing === 'dot') return drawDot(outline)
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz')
  return restyleSvg((await Graphviz.load()).layout(drawDot(outline), 'svg'))
}

function toView({ name, digest, warnings, workflow }: Compiled): CompiledView {
  return { name, digest, warnings, graph: toJson(WorkflowSchema, workflow) }
}

function compiledText({ name, digest, workflow }: Compiled, { colors }: TextStyle): string {
  const outline = outlineOf(workflow)
  const inputs = outline.inputs.length === 0 ? '' : ` (${outline.inputs.join(', ')})`
  return `${colors.bold(name)}${inputs} ${colors.dim(digest.slice(0, 16))}\n\n${drawText(outline)}`
}
