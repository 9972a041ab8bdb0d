import { NotFoundError, UnavailableError } from '@tern/core'
import type { ByteRange } from '../io/content.ts'
import { emptyFolder } from '../io/place.ts'
import { beyondEnd, cut, directReader, isWeb, type ListedFile, rangeHeader, type Reader } from '../io/reader.ts'

/** Gives a link to a file that the server has. */
export type FileLinks = (uri: string) => Promise<{ readonly url: string; readonly expiresAtMs: number }>

// A link is not used so short before its end.
const reserveMs = 10_000

/** Reads what an action of a server takes and gives, wherever the server is. What is on the web is read from there. */
export class ServerReader implements Reader {
  readonly #linkTo: FileLinks
  readonly #links = new Map<string, ReturnType<FileLinks>>()

  constructor(linkTo: FileLinks) {
    this.#linkTo = linkTo
  }

  async open(uri: string, range: ByteRange = {}): Promise<AsyncIterable<Uint8Array>> {
    if (isWeb(uri)) return directReader.open(uri, range)
    if (range.end !== undefined && range.end <= (range.start ?? 0)) return cut(emptyBody(), range)
    const answer = await this.#get(uri, { headers: rangeHeader(range) })
    if (isList(answer)) {
      await answer.body?.cancel()
      throw new NotFoundError(`${uri} is a folder, and was read as a file`)
    }
    if (answer.status === beyondEnd) {
      await answer.body?.cancel()
      return emptyBody()
    }
    const body = answer.body ?? emptyBody()
    return answer.status === 206 ? body : cut(body, range)
  }

  async sizeOf(uri: string): Promise<number | undefined> {
    if (isWeb(uri)) return directReader.sizeOf(uri)
    try {
      const answer = await this.#get(uri, { method: 'HEAD' })
      return isList(answer) ? undefined : Number(answer.headers.get('content-length'))
    } catch (error) {
      if (error instanceof NotFoundError) return undefined
      throw error
    }
  }

  async *list(uri: string): AsyncIterable<ListedFile> {
    if (uri === emptyFolder) return
    const base = uri.replace(/\/+$/, '')
    const answer = await this.#get(base, {}).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined
      throw error
    })
    if (answer === undefined || !isList(answer)) {
      await answer?.body?.cancel()
      return
    }
    for await (const line of linesOf(answer)) {
      const { path, size } = JSON.parse(line) as { path: string; size: number }
      yield { uri: `${base}/${path}`, path, size }
    }
  }

  async #get(uri: string, init: RequestInit): Promise<Response> {
    const { url } = await this.#linkOf(uri)
    const answer = await fetch(url, init).catch((cause: unknown) => {
      throw new UnavailableError(`the server cannot be asked for ${uri}: ${String(cause)}`, { cause })
    })
    if (answer.ok || answer.status === beyondEnd) return answer
    await answer.body?.cancel()
    if (answer.status === 404) throw new NotFoundError(`${uri} does not exist any more`)
    throw new UnavailableError(`the server answers ${answer.status} when asked for ${uri}`)
  }

  async #linkOf(uri: string): ReturnType<FileLinks> {
    const known = await this.#links.get(uri)
    if (known !== undefined && known.expiresAtMs - reserveMs > Date.now()) return known
    const link = this.#linkTo(uri)
    this.#links.set(uri, link)
    link.catch(() => this.#links.delete(uri))
    return link
  }
}

function isList(answer: Response): boolean {
  return answer.headers.get('content-type')?.startsWith('application/x-ndjson') === true
}

async function* linesOf(answer: Response): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of answer.body ?? emptyBody()) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

function emptyBody(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Blob([]).stream()
}
