import { createConnectTransport } from '@connectrpc/connect-web'

/** Calls go to the server that served the page. */
export const transport = createConnectTransport({ baseUrl: location.origin, useBinaryFormat: true })
