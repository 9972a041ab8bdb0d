import type { DescMessage, Message } from '@bufbuild/protobuf'
import type { Interceptor, UnaryRequest, StreamRequest } from '@connectrpc/connect'

type AnyRequest = UnaryRequest<DescMessage, DescMessage> | StreamRequest<DescMessage, DescMessage>

/** An interceptor that is shown each message of each request before the service gets it, and may change or refuse it. */
export function eachRequestMessage(visit: (schema: DescMessage, message: Message) => void): Interceptor {
  return (next) => (request: AnyRequest) => {
    const schema = request.method.input
    if (!request.stream) {
      visit(schema, request.message)
      return next(request)
    }
    return next({ ...request, message: visitEach(request.message, (message) => visit(schema, message)) })
  }
}

async function* visitEach<T>(messages: AsyncIterable<T>, visit: (message: T) => void): AsyncIterable<T> {
  for await (const message of messages) {
    visit(message)
    yield message
  }
}
