import { createClient } from '@connectrpc/connect'
import { DataProxyService } from '@tern/idl/dataproxy'
import { followable } from '../api/links.ts'
import { transport } from '../api/transport.ts'
import type { Scope } from '../app/scope.ts'
import { Md5 } from './md5.ts'

const client = createClient(DataProxyService, transport)

/** A file of somebody's computer, with its place in the folder that it is of. */
export interface LocalFile {
  /** With slashes. */
  readonly path: string
  readonly content: Blob
}

export interface UploadOptions {
  readonly scope: Scope
  readonly signal: AbortSignal
  /** @param done bytes, of all files together */
  readonly onProgress: (done: number) => void
}

/** Puts a file into the server's storage. @returns its address there */
export function uploadFile(file: LocalFile, options: UploadOptions): Promise<string> {
  return put(file, '', options)
}

/** Puts the files of a folder into the server's storage. @returns the address of the folder there */
export async function uploadFolder(
  name: string,
  files: ReadonlyArray<LocalFile>,
  options: UploadOptions,
): Promise<string> {
  const root = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  let done = 0
  let address = ''
  for (const { path, content } of files) {
    const start = done
    const uri = await put({ path: `${name}/${path}`, content }, root, {
      ...options,
      onProgress: (bytes) => options.onProgress(start + bytes),
    })
    address = uri.slice(0, uri.indexOf(root) + root.length + 1 + name.length)
    done += content.size
  }
  return address
}

async function put({ path, content }: LocalFile, root: string, options: UploadOptions): Promise<string> {
  const { scope, signal, onProgress } = options
  const contentMd5 = await md5Of(content, signal)
  const { signedUrl, nativeUrl, headers } = await client.createUploadLocation(
    {
      project: scope.project,
      domain: scope.domain,
      filename: path,
      filenameRoot: root,
      contentMd5,
      contentLength: BigInt(content.size),
      addContentMd5Metadata: true,
    },
    { signal },
  )
  const md5 = btoa(String.fromCharCode(...contentMd5))
  await send(followable(signedUrl), { ...headers, 'content-md5': md5 }, content, signal, onProgress)
  return nativeUrl
}

const pieceBytes = 4 * 1024 * 1024

async function md5Of(content: Blob, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const hash = new Md5()
  for (let at = 0; at < content.size; at += pieceBytes) {
    signal.throwIfAborted()
    hash.update(new Uint8Array(await content.slice(at, at + pieceBytes).arrayBuffer()))
  }
  return hash.digest()
}

/** A browser tells how far an upload is by this way alone. */
function send(
  url: string,
  headers: Readonly<Record<string, string>>,
  content: Blob,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PUT', url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded }) => onProgress(loaded)
    request.onload = () =>
      request.status < 300 ? resolve() : reject(new Error(refusal(request.status, request.responseText)))
    request.onerror = () => reject(new Error('The network broke off. Choose the file again.'))
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(content)
  })
}

function refusal(status: number, body: string): string {
  try {
    return (JSON.parse(body) as { message: string }).message
  } catch {
    return `The storage refused the file (${status}).`
  }
}
