import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { RunService } from '@tern/idl/workflow'
import type { RunKey } from '../engine/model.ts'
import { askOwner, forwardedHeader } from '../replicas/ask-owner.ts'
import { rootOf, type Runs } from '../runs/runs.ts'

const timeoutMs = 5000

/** Aborts runs on behalf of this server itself, whichever server has them. */
export function abortAnywhere(runs: Runs, org: string): (run: RunKey, reason: string) => Promise<void> {
  return async ({ project, domain, run: name }, reason) => {
    await askOwner({
      here: async () => {
        await runs.abort(rootOf({ project, domain, run: name }), reason, undefined)
        return true
      },
      async there(baseUrl) {
        const client = createClient(RunService, createConnectTransport({ baseUrl, httpVersion: '1.1' }))
        const headers = { [forwardedHeader]: '1' }
        try {
          await client.abortRun({ runId: { org, project, domain, name }, reason }, { headers, timeoutMs })
          return true
        } catch (error) {
          // That run may have ended with its server, or another one may have it: it is looked for again.
          if (error instanceof ConnectError && error.code === Code.NotFound) throw error
          return undefined
        }
      },
    })
  }
}
