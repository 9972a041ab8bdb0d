import type { Change } from '../engine/model.ts'
import { maxMessageBytes } from '../store/server-store.ts'

// Beyond these it is cheaper for those who watch to read again than to be told each change.
const maxSeqsPerRun = 2000
const maxRuns = 2000
const maxMessages = 32
// So that several fit into a message.
const maxTokenLength = 2000

interface RunChanges {
  readonly actions: Set<number>
  readonly logs: Set<number>
}

/** Changes on their way to other servers, each once, in bounded space. */
export class GatheredChanges {
  #runs = new Map<number, RunChanges | 'everything'>()
  #everything = false
  #triggers = false

  get isEmpty(): boolean {
    return this.#runs.size === 0 && !this.#everything && !this.#triggers
  }

  add({ runId, seq, kind }: Change): void {
    if (this.#everything) return
    let run = this.#runs.get(runId)
    if (run === undefined) {
      if (this.#runs.size === maxRuns) return this.addEverything()
      run = { actions: new Set(), logs: new Set() }
      this.#runs.set(runId, run)
    }
    if (run === 'everything') return
    const seqs = kind === 'log' ? run.logs : run.actions
    seqs.add(seq)
    if (kind === 'everything' || seqs.size > maxSeqsPerRun) this.#runs.set(runId, 'everything')
  }

  /** Anything may have changed. */
  addEverything(): void {
    this.#everything = true
    this.#runs = new Map()
  }

  addTriggers(): void {
    this.#triggers = true
  }

  /**
   * The changes as texts that fit into messages, and forgets them. Words of such a text: `*` for everything, `t` for
   * triggers, and `1zA0-5,9L3` for run 1z, of which actions 0 to 5 and 9 changed and 3 wrote to its log; `1z` alone for
   * everything in it. All numbers to base 36.
   */
  take(): ReadonlyArray<string> {
    const words = this.#words()
    this.#runs = new Map()
    this.#everything = this.#triggers = false
    const messages = pack(words)
    return messages.length > maxMessages ? pack(words.includes('t') ? ['*', 't'] : ['*']) : messages
  }

  #words(): string[] {
    const words = Array.from(this.#runs, ([runId, changes]) => wordOf(runId, changes))
    if (this.#everything) words.push('*')
    if (this.#triggers) words.push('t')
    return words
  }
}

export interface ChangeReader {
  onChange(change: Change): void
  /** Of a run, or of all. */
  onEverything(runId: number | 'all'): void
  onTriggers(): void
}

/** Reads what `GatheredChanges` wrote; words that it does not know, of a newer version, may be about anything. */
export function readChanges(message: string, reader: ChangeReader): void {
  for (const word of message.split(' ')) {
    const [, id, actions, logs] = /^([0-9a-z]+)(?:A([-,0-9a-z]+))?(?:L([-,0-9a-z]+))?$/.exec(word) ?? []
    if (word === 't') reader.onTriggers()
    else if (id === undefined) reader.onEverything('all')
    else if (actions === undefined && logs === undefined) reader.onEverything(parse(id))
    else {
      for (const seq of seqsIn(actions)) reader.onChange({ runId: parse(id), seq, kind: 'action' })
      for (const seq of seqsIn(logs)) reader.onChange({ runId: parse(id), seq, kind: 'log' })
    }
  }
}

function wordOf(runId: number, changes: RunChanges | 'everything'): string {
  // A lone `t` is about triggers: the run of that number has a leading zero.
  const id = format(runId) === 't' ? '0t' : format(runId)
  if (changes === 'everything') return id
  const { actions, logs } = changes
  const word = `${id}${actions.size > 0 ? `A${rangesOf(actions)}` : ''}${logs.size > 0 ? `L${rangesOf(logs)}` : ''}`
  return word.length > maxTokenLength ? id : word
}

function rangesOf(seqs: ReadonlySet<number>): string {
  const ranges: string[] = []
  let from: number | undefined
  let to = 0
  const end = (): void => {
    if (from !== undefined) ranges.push(from === to ? format(from) : `${format(from)}-${format(to)}`)
  }
  for (const seq of [...seqs].sort((a, b) => a - b)) {
    if (from === undefined || seq !== to + 1) {
      end()
      from = seq
    }
    to = seq
  }
  end()
  return ranges.join(',')
}

function* seqsIn(ranges = ''): Iterable<number> {
  if (ranges === '') return
  for (const range of ranges.split(',')) {
    const [from = '', to = from] = range.split('-')
    for (let seq = parse(from); seq <= parse(to); seq++) yield seq
  }
}

function pack(words: ReadonlyArray<string>): string[] {
  const messages: string[] = []
  let message = ''
  for (const word of words) {
    if (message.length + word.length + 1 > maxMessageBytes) {
      messages.push(message)
      message = ''
    }
    message += message === '' ? word : ` ${word}`
  }
  if (message !== '') messages.push(message)
  return messages
}

function format(value: number): string {
  return value.toString(36)
}

function parse(text: string): number {
  return Number.parseInt(text, 36)
}
