import type { DescMethod, DescService } from '@bufbuild/protobuf'
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect'

// What people do instead who meet it in Flyte's own command, by the package of the service.
const advices: ReadonlyMap<string, string> = new Map([
  [
    'flyteidl2.app',
    'It runs tasks, and no apps: start the app as a program of its own, and give tasks its address as an input.',
  ],
])

/** A service whose every method answers that it is not available yet. */
export function unavailableService<Service extends DescService>(service: Service): ServiceImpl<Service> {
  const methods = service.methods.map((method) => [method.localName, unavailable(method)])
  return Object.fromEntries(methods) as ServiceImpl<Service>
}

function unavailable(method: DescMethod): () => unknown {
  const refuse = (): never => {
    // The protocol's own error: nothing else of a request is looked at.
    const what = `${method.parent.typeName}/${method.name} is not available in this version of Tern`
    const advice = advices.get(method.parent.file.proto.package)
    throw new ConnectError(advice === undefined ? what : `${what}. ${advice}`, Code.Unimplemented)
  }
  if (method.methodKind === 'unary' || method.methodKind === 'client_streaming') return refuse
  // Streams are asked for their first message, and refuse then.
  return () => ({ [Symbol.asyncIterator]: () => ({ next: async () => refuse() }) })
}
