export type { CliIo, OutStream } from './io.ts'
export { createProcessIo } from './process-io.ts'
export { runCli } from './run-cli.ts'
