import { Command, Option } from 'commander'
import { type CommonOptions, withCommonOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { resolveOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import type { Drawing } from '../workflows/compile.ts'

interface CompileOptions extends CommonOptions {
  readonly draw?: Drawing
}

export function compileCommand(io: CliIo): Command {
  const command = new Command('compile')
    .description('check a workflow, and show its graph')
    .argument('<file>', 'TypeScript or JavaScript file')
    .argument('[workflow]', 'its export or full name; may be left out where there is only one')
    .addOption(
      new Option('--draw <format>', 'print a drawing: for Mermaid, for Graphviz, or as a picture').choices([
        'mermaid',
        'dot',
        'svg',
      ]),
    )
    .addHelpText(
      'after',
      examples(
        ['tern compile etl.ts nightly', 'its nodes, and what they take from each other'],
        ['tern compile etl.ts nightly --draw svg > nightly.svg', 'a picture for documentation'],
        ['tern compile etl.ts nightly -o json', 'all of it; equal code has equal bytes'],
      ),
    )
  return withCommonOptions(command).action(async (file: string, workflow: string | undefined) => {
    const { values } = await resolveOptions<CompileOptions>(command, io)
    const { compile } = await import('../workflows/compile.ts')
    await compile({ file, workflow, drawing: values.draw, format: values.output, io })
  })
}
