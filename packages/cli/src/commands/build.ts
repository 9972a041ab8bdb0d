import { Command, Option } from 'commander'
import { type CommonOptions, withCommonOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { resolveOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import { printResult } from '../output/print-result.ts'

export interface BuildOptions extends CommonOptions {
  readonly context?: string
  readonly dryRun?: boolean
  readonly push?: boolean
}

export function buildCommand(io: CliIo): Command {
  const command = new Command('build')
    .description('build the images that the environments of a file are made with, with docker')
    .argument('<file>', 'TypeScript or JavaScript file')
    .argument('[env]', 'only the image of this environment')
    .addOption(new Option('--context <folder>', 'only write what each is built from, below this folder'))
    .addOption(new Option('--dry-run', 'only show the Dockerfiles').conflicts(['context', 'push']))
    .addOption(new Option('--push', 'push them to their registries, too').conflicts('context'))
    .addHelpText(
      'after',
      examples(
        ['tern build video.ts', 'docker build, for each image that is made here'],
        ['tern build video.ts encode --context out', 'out/encode/Dockerfile, and the files that it copies'],
      ),
    )
  return withCommonOptions(command).action(async (file: string, environment: string | undefined) => {
    const { values } = await resolveOptions<BuildOptions>(command, io)
    const { buildImages, buildText } = await import('../images/build-images.ts')
    const view = await buildImages({ file, environment, options: values, io })
    await printResult(view, { format: values.output, io, toText: buildText })
  })
}
