import type { DescMethod, DescService } from '@bufbuild/protobuf'
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect'

/** A service whose every method answers that it is not available yet. */
export function unavailableService<Service extends DescService>(service: Service): ServiceImpl<Service> {
  const methods = service.methods.map((method) => [method.localName, unavailable(method)])
  return Object.fromEntries(methods) as ServiceImpl<Service>
}

function unavailable(method: DescMethod): () => unknown {
  const refuse = (): never => {
    // The protocol's own error: nothing else of a request is looked at.
    throw new ConnectError(
      `${method.parent.typeName}/${method.name} is not available in this version of Tern`,
      Code.Unimplemented,
    )
  }
  if (method.methodKind === 'unary' || method.methodKind === 'client_streaming') return refuse
  // Streams are asked for their first message, and refuse then.
  return () => ({ [Symbol.asyncIterator]: () => ({ next: async () => refuse() }) })
}
