import { CodeKind } from '../code-kind.ts'

/** Kinds whose tasks wait for something outside, and ask for it again and again. */
export abstract class PollingKind extends CodeKind {
  /** The whole wait: what a restart of the server took does not give it more time. */
  override get plainTimeout(): 'deadline' {
    return 'deadline'
  }
}
