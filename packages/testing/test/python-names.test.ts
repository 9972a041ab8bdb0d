import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fromBinary } from '@bufbuild/protobuf'
import { cacheKey, inputsHash, interfaceHash, subActionName, taskIdentity } from '@tern/core'
import { TypedInterfaceSchema } from '@tern/idl/core'
import { InputsSchema } from '@tern/idl/task'
import { expect, test } from 'vitest'
import { flytePython } from '@tern/test-support/python'

interface Case {
  readonly inputs: string
  readonly interface: string
  readonly ignored: ReadonlyArray<string>
  readonly task: string
  readonly version: string
  readonly parent: string
  readonly seq: number
  readonly group: string
  readonly expected: Readonly<
    Record<'inputsHash' | 'counted' | 'interfaceHash' | 'identity' | 'name' | 'cacheKey', string>
  >
}

test('names, hashes and cache keys of generated inputs are those of the Python SDK', { timeout: 400_000 }, async () => {
  const { python } = await flytePython()
  const seed = Math.floor(Math.random() * 1e9)
  const program = join(import.meta.dirname, 'python', 'names.py')
  const options = { maxBuffer: 64 * 1024 * 1024 }
  const { stdout } = await promisify(execFile)(python, [program, String(seed), '500'], options)
  const cases = JSON.parse(stdout.slice(stdout.indexOf('RESULT ') + 7)) as ReadonlyArray<Case>
  expect(cases).toHaveLength(500)
  for (const [index, made] of cases.entries()) {
    expect(namesOf(made), `case ${index} of python names.py ${seed} 500`).toEqual(made.expected)
  }
})

function namesOf({ inputs, ignored, task, version, parent, seq, group, ...made }: Case): Case['expected'] {
  const { literals } = fromBinary(InputsSchema, Buffer.from(inputs, 'hex'))
  const typed = fromBinary(TypedInterfaceSchema, Buffer.from(made.interface, 'hex'))
  const counted = inputsHash(literals, ignored)
  const ofInterface = interfaceHash(typed)
  const identity = taskIdentity({ taskName: task, interfaceHash: ofInterface, discoveryVersion: version })
  return {
    inputsHash: inputsHash(literals),
    counted,
    interfaceHash: ofInterface,
    identity,
    name: subActionName({ parent, inputsHash: counted, taskIdentity: identity, seq, group }),
    cacheKey: cacheKey({ inputsHash: counted, taskName: task, interfaceHash: ofInterface, cacheVersion: version }),
  }
}
