import { WaitReason } from '@tern/idl/status'
import type { Waits } from './merge-status.ts'

/** What actions wait for, in a few words, and what would let them go on. */
export interface WaitText {
  readonly title: string
  readonly hint: string
}

const resourceNames: Readonly<Record<string, string>> = { cpu: 'Processors', memory: 'Memory', gpu: 'GPUs' }

export function waitText({ reason, subject }: Pick<Waits, 'reason' | 'subject'>): WaitText {
  switch (reason) {
    case WaitReason.QUEUE:
      return { title: `A place in queue ${subject}`, hint: 'All its places are taken.' }
    case WaitReason.RUN:
      return {
        title: `A place in run ${subject.slice(subject.lastIndexOf('/') + 1)}`,
        hint: 'As many of its actions are busy as may be.',
      }
    case WaitReason.CAPACITY:
      return { title: resourceNames[subject] ?? subject, hint: 'Other tasks have what these ask for.' }
    case WaitReason.CACHE:
      return { title: 'A result that is being computed', hint: 'It is cached, and computed once.' }
    case WaitReason.LAUNCH_PLAN:
      return {
        title: `Other runs of launch plan ${subject.slice(subject.lastIndexOf('/') + 1)}`,
        hint: 'As many of them are under way as it allows.',
      }
    case WaitReason.SIGNAL:
      return { title: 'An answer', hint: 'Somebody has to give it.' }
    case WaitReason.BACKOFF:
      return { title: 'The next attempt', hint: 'The last one failed; they go on by themselves.' }
    case WaitReason.WORKER:
      return {
        title: subject === '' ? 'A process' : `A worker of ${subject}`,
        hint: 'No process has taken them yet.',
      }
    case WaitReason.EXTERNAL:
      return { title: 'Whoever executes them', hint: 'Something outside of the server has to begin.' }
    case WaitReason.START:
      return { title: 'Nothing', hint: 'They are about to begin.' }
    default:
      return { title: 'Something', hint: 'The server is newer than this page.' }
  }
}
