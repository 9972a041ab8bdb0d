import { type JsonValue, toJson } from '@bufbuild/protobuf'
import { ConditionActionSchema, type ActionDetails } from '@tern/idl/workflow'
import { TaskSpecSchema, TraceSpecSchema } from '@tern/idl/task'
import { CopyButton } from '../../../design/copy.tsx'
import { Section } from '../../../design/facts.tsx'
import { JsonTree } from '../../../data/json-tree.tsx'

/** What the action was told to do, all of it. */
export function SpecTab({ details }: { details: ActionDetails }) {
  const json = specOf(details)
  return (
    <Section
      title="Specification"
      actions={<CopyButton text={JSON.stringify(json, null, 2)} what="the specification as JSON" />}
    >
      <div className="pl-4">
        <JsonTree json={json} />
      </div>
    </Section>
  )
}

function specOf({ spec }: ActionDetails): JsonValue {
  switch (spec.case) {
    case 'task':
      return toJson(TaskSpecSchema, spec.value)
    case 'trace':
      return toJson(TraceSpecSchema, spec.value)
    case 'condition':
      return toJson(ConditionActionSchema, spec.value)
    default:
      return null
  }
}
