import { subActionName } from '@tern/core'

/** Names the children of one attempt. Equal calls are told apart by counting them, so another attempt names them the same. */
export class ChildNames {
  private readonly parent: string
  private readonly counts = new Map<string, number>()

  /** @param parent the name of the calling action */
  constructor(parent: string) {
    this.parent = parent
  }

  next(identity: string, inputsHash: string, group: string): string {
    const key = group === '' ? `${identity}:${inputsHash}` : `${identity}:${inputsHash}:${group}`
    const seq = (this.counts.get(key) ?? 0) + 1
    this.counts.set(key, seq)
    return subActionName({ parent: this.parent, inputsHash, taskIdentity: identity, seq, group })
  }
}
