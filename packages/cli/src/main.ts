import { enableCompileCache } from 'node:module'
import { createProcessIo } from './process-io.ts'

// Compiled code is kept between calls: most of what a short command takes is loading.
enableCompileCache()

const { runCli } = await import('./run-cli.ts')
const exitCode = await runCli(process.argv.slice(2), createProcessIo())
// Not left to the event loop: a file of tasks may have started timers when it was loaded.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)))
