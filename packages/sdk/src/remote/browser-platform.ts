import { createConnectTransport } from '@connectrpc/connect-web'
import { UnimplementedError } from '@tern/core'
import { interceptorsFor } from './interceptors.ts'
import type { ClientPlatform } from './platform.ts'

/** In a browser files are given by their URIs, and read by way of links. */
export const browserPlatform: ClientPlatform = {
  createTransport: ({ endpoint, token }) =>
    createConnectTransport({ baseUrl: endpoint, useBinaryFormat: true, interceptors: interceptorsFor(token) }),
  upload: () => Promise.reject(notHere('code cannot be uploaded')),
  uploadContent: () => Promise.reject(notHere('files cannot be uploaded')),
  createPlace: () => ({
    putFile: () => Promise.reject(notHere('files cannot be uploaded')),
    putFolder: () => Promise.reject(notHere('folders cannot be uploaded')),
  }),
  createReader: () => {
    throw notHere('files are not read by their URIs', 'Ask for a link with fileUrl(), and fetch it.')
  },
}

function notHere(what: string, hint = 'Do it in a program that Node runs.'): UnimplementedError {
  return new UnimplementedError(`${what} from a browser`, { hint })
}
