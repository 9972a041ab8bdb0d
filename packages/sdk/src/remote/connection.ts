import { create } from '@bufbuild/protobuf'
import type { Transport } from '@connectrpc/connect'
import { type Filter, Filter_Function, type ListRequest, ListRequestSchema, Sort_Direction } from '@tern/idl/common'
import type { Configuration } from './configuration.ts'
import { fromRpcError } from './rpc-errors.ts'

/** What a list is to have, and in which order. */
export interface ListOptions {
  /** At most so many in all. Defaults to no limit. */
  readonly limit?: number | undefined
  readonly filters?:
    | readonly {
        readonly field: string
        readonly function: FilterFunction
        readonly values: readonly string[]
      }[]
    | undefined
  /** Defaults to `created_at`, newest first. */
  readonly sortBy?: { readonly key: string; readonly ascending?: boolean } | undefined
}

/** How a filter compares a field with its values. */
export type FilterFunction = keyof typeof Filter_Function

/** The most items that one call asks for. */
export const pageSize = 100

/** What all parts of a client share: the way to the server, and the project and domain that calls are about. */
export class Connection {
  readonly configuration: Configuration
  readonly transport: Transport

  constructor(configuration: Configuration, transport: Transport) {
    this.configuration = configuration
    this.transport = transport
  }

  get place(): { org: string; project: string; domain: string } {
    const { org, project, domain } = this.configuration
    return { org, project, domain }
  }

  /** The place as lists and new runs are told it. */
  get projectId(): { organization: string; name: string; domain: string } {
    const { org, project, domain } = this.configuration
    return { organization: org, name: project, domain }
  }

  /** Makes calls, and says in errors of this package what they were refused with. */
  async call<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      throw fromRpcError(error, this.configuration)
    }
  }

  /** The items of all pages of a list. */
  async *pages<T>(
    { limit = Number.POSITIVE_INFINITY, filters = [], sortBy }: ListOptions,
    fetchPage: (request: ListRequest) => Promise<{ items: readonly T[]; token: string }>,
  ): AsyncGenerator<T, void, undefined> {
    let token = ''
    let left = limit
    while (left > 0) {
      const request = create(ListRequestSchema, {
        limit: Math.min(left, pageSize),
        token,
        filters: filters.map(toFilter),
        ...(sortBy === undefined
          ? {}
          : {
              sortBy: {
                key: sortBy.key,
                direction: sortBy.ascending ? Sort_Direction.ASCENDING : Sort_Direction.DESCENDING,
              },
            }),
      })
      const page = await this.call(() => fetchPage(request))
      for (const item of page.items.slice(0, left)) yield item
      left -= page.items.length
      token = page.token
      if (token === '') return
    }
  }
}

function toFilter(filter: NonNullable<ListOptions['filters']>[number]): Filter {
  return {
    $typeName: 'flyteidl2.common.Filter',
    field: filter.field,
    function: Filter_Function[filter.function],
    values: [...filter.values],
  }
}
