import { create } from '@bufbuild/protobuf'
import { ArtifactSpecSchema } from '@tern/idl/artifact'
import type { Outputs, ProducedArtifact } from '@tern/idl/task'
import type { Producer } from '../store/produced-repository.ts'
import type { ArtifactRequest } from './artifacts.ts'

/** The artifacts that an action's outputs are declared to be, each a version that always has the same name. */
export function toArtifactRequests(org: string, producer: Producer, outputs: Outputs): ReadonlyArray<ArtifactRequest> {
  const taken = new Set<string>()
  return outputs.producedArtifacts.flatMap((declared) => {
    const value = outputs.literals.find(({ name }) => name === declared.output)?.value
    if (value === undefined) return []
    const version = versionOf(producer, declared, taken)
    taken.add(JSON.stringify([declared.name, version]))
    const { project, domain, run, action, attempt } = producer
    const spec = create(ArtifactSpecSchema, {
      value,
      ...(declared.type && { type: declared.type }),
      ...(declared.info && { info: declared.info }),
      source: {
        source: {
          case: 'taskAction',
          value: { action: { run: { org, project, domain, name: run }, name: action }, attempt },
        },
      },
    })
    return [{ project, domain, name: declared.name, version, spec }]
  })
}

// Of two outputs that are the same artifact and have no version of their own, the second is told apart by its name.
function versionOf(
  producer: Producer,
  { name, version, output }: ProducedArtifact,
  taken: ReadonlySet<string>,
): string {
  if (version !== '') return version
  const own = `${producer.run}-${producer.action}-${producer.attempt}`
  return taken.has(JSON.stringify([name, own])) ? `${own}-${output}` : own
}
