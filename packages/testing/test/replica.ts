// A server in a process of its own, run from its source: its options are the argument, as JSON. It says where it is, and
// why it ends when it does by itself.
import { startServer } from '@tern/server'

const server = await startServer({
  ...JSON.parse(process.argv[2] ?? '{}'),
  onFatal(error) {
    process.stdout.write(`${JSON.stringify({ fatal: String(error) })}\n`)
    process.exit(3)
  },
})
process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)))
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`)
