import type { ServiceImpl } from '@connectrpc/connect'
import type { ClusterService } from '@tern/idl/cluster'
import { originOf } from '../request-origin.ts'

/** There is one cluster: the server that was asked. */
export function createClusterService(): ServiceImpl<typeof ClusterService> {
  return {
    selectCluster(_request, context) {
      return { clusterEndpoint: originOf(context) }
    },
  }
}
