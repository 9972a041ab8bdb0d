import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import { callUnaryMethod, useTransport } from '@connectrpc/connect-query'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'

export interface PagesOptions<I extends DescMessage, O extends DescMessage> {
  readonly method: DescMethodUnary<I, O>
  /** What tells one list from another. */
  readonly key: ReadonlyArray<string>
  /** The request for the page that a token stands for; the first has an empty one. */
  readonly request: (token: string) => MessageInitShape<I>
  readonly tokenOf: (page: MessageShape<O>) => string
  /** The list keeps up with the server while no more pages than this are shown. Defaults to none. */
  readonly mostRefreshed?: number
}

const refreshMs = 2_000

/** A list that comes in pages. While another filter's first page is on its way, what was there stays. */
export function usePages<I extends DescMessage, O extends DescMessage>({
  method,
  key,
  request,
  tokenOf,
  mostRefreshed = 0,
}: PagesOptions<I, O>) {
  const transport = useTransport()
  return useInfiniteQuery({
    queryKey: ['pages', method.parent.typeName, method.name, ...key],
    queryFn: ({ pageParam, signal }) => callUnaryMethod(transport, method, request(pageParam), { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => tokenOf(page) || undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= mostRefreshed ? refreshMs : false),
  })
}
