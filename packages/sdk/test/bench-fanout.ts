// How much of a fan-out the worker costs: node -C @tern/source packages/sdk/test/bench-fanout.ts [LEAVES]
import { readFileSync } from 'node:fs'
import { toBinary } from '@bufbuild/protobuf'
import { fromOutputs, literalTypes, toInputs, typedInterface } from '@tern/core'
import { InputsSchema } from '@tern/idl/task'
import { bundleFile } from '../src/bundle.ts'
import { FakeServer, outputsOf } from './fake-server.ts'

const leaves = Number(process.argv[2] ?? 6000)
const bundle = await bundleFile(process.argv[3] ?? `${import.meta.dirname}/fixtures/hello.ts`)
const server = await FakeServer.start(bundle)
const variables = typedInterface({ inputs: { numbers: literalTypes.list(literalTypes.integer()) } }).inputs
const numbers = Array.from({ length: leaves }, (_, i) => i)
const inputs = toBinary(InputsSchema, toInputs({ numbers }, variables))
for (let round = 0; round < 6; round++) {
  const before = workerCpuMs()
  const begin = performance.now()
  const ending = await server.run('hello.main', inputs)
  const wallMs = performance.now() - begin
  const cpuUs = ((workerCpuMs() - before) * 1000) / leaves
  const result = ending.failed?.error?.message ?? JSON.stringify(fromOutputs(outputsOf(ending)))
  process.stdout.write(`${result} ${wallMs.toFixed(0)} ms wall, worker ${cpuUs.toFixed(1)} µs CPU a child
`)
}
await server.stop()

function workerCpuMs(): number {
  const [user, system] =
    readFileSync(`/proc/${server.process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? []
  return (Number(user) + Number(system)) * 10
}
