import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { literalTypes, toLiteral, typedInterface } from '@tern/core'
import { InputsSchema, type TaskSpecSchema } from '@tern/idl/task'

export const place = { project: 'flytesnacks', domain: 'development' } as const

const durationInterface = typedInterface({ inputs: { duration: literalTypes.duration() }, outputs: {} })

/** A task that sleeps for as long as its input says. */
export function sleepSpec(name: string): MessageInitShape<typeof TaskSpecSchema> {
  return {
    taskTemplate: {
      id: { ...place, name, version: 'v1' },
      type: 'core-sleep',
      metadata: { runtime: { version: '0.1.0', flavor: 'typescript' } },
      interface: durationInterface,
    },
    shortName: name,
  }
}

/** The input of such a task, as people write it: `1s`. */
export function sleepInputs(duration: string): MessageInitShape<typeof InputsSchema> {
  return create(InputsSchema, {
    literals: [{ name: 'duration', value: toLiteral(duration, literalTypes.duration()) }],
  })
}

// It is a process for long enough to be killed. One write, and on the disk before it goes on: see ledger.ts.
const line = `printf 'ran %s %s\\n' "$0" "$0" | dd of="$1" oflag=append conv=notrunc,fsync status=none && sleep 0.1`

/** A task that is a process of its own, and that writes down in a ledger that it runs. */
export function scriptSpec(version: string, ledger: string): MessageInitShape<typeof TaskSpecSchema> {
  return {
    taskTemplate: {
      id: { ...place, name: 'load.script', version },
      type: 'raw-container',
      interface: typedInterface({ inputs: { x: literalTypes.integer() }, outputs: {} }),
      target: {
        case: 'container',
        value: { command: ['sh', '-c'], args: [line, '{{.runName}}/{{.actionName}}', ledger] },
      },
    },
    shortName: 'script',
  }
}
