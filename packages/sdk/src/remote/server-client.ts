import { timestampMs } from '@bufbuild/protobuf/wkt'
import { type Client, createClient as createRpcClient } from '@connectrpc/connect'
import { rootActionName } from '@tern/core'
import { IdentityService } from '@tern/idl/auth'
import { DataProxyService } from '@tern/idl/dataproxy'
import type { CodeBundle } from '../bundling/bundle-file.ts'
import type { Place } from '../io/place.ts'
import type { Reader } from '../io/reader.ts'
import { storeAll } from '../io/storing.ts'
import type { Configuration } from './configuration.ts'
import { Connection } from './connection.ts'
import type { ClientPlatform } from './platform.ts'

/** The way to a server, and the files that are kept there: what every part of a client is made with. */
export class ServerClient {
  /** Which server this is a client of, and in which project and domain. */
  readonly configuration: Configuration
  /** Where files go that runs are given. */
  readonly place: Place
  protected readonly connection: Connection
  protected readonly dataProxy: Client<typeof DataProxyService>
  private readonly platform: ClientPlatform
  private readonly identity: Client<typeof IdentityService>
  // Where bundles were put, by name. Their names say what is in them, so they never change.
  private readonly uploaded = new Map<string, Promise<string>>()

  constructor(configuration: Configuration, platform: ClientPlatform) {
    const transport = platform.createTransport(configuration)
    this.configuration = configuration
    this.platform = platform
    this.connection = new Connection(configuration, transport)
    this.dataProxy = createRpcClient(DataProxyService, transport)
    this.identity = createRpcClient(IdentityService, transport)
    this.place = platform.createPlace((file) =>
      this.connection.call(() => platform.uploadContent(this.dataProxy, { ...this.connection.place, ...file })),
    )
  }

  /** The console's page of a run. */
  runUrl(name: string): string {
    const { console, domain, project } = this.configuration
    return `${console}/v2/domain/${domain}/project/${project}/runs/${name}`
  }

  /** Stores a code bundle, unless this client has stored it before. @returns where workers find it */
  uploadBundle({ bytes, fileName }: Pick<CodeBundle, 'bytes' | 'fileName'>): Promise<string> {
    let place = this.uploaded.get(fileName)
    if (place === undefined) {
      place = this.connection.call(() =>
        this.platform.upload(this.dataProxy, { ...this.connection.place, fileName, bytes }),
      )
      place.catch(() => this.uploaded.delete(fileName))
      this.uploaded.set(fileName, place)
    }
    return place
  }

  /**
   * The values with every `File`, `Dir` and `DataFrame` in them stored on the server that only this process has: what tasks can
   * be given. The same file is sent once.
   */
  async store<T>(values: T): Promise<T> {
    return (await storeAll(values, this.place)) as T
  }

  /** What reads the files that an action takes and gives, wherever the server is. */
  readerOf(run: string, action: string = rootActionName): Reader {
    return this.platform.createReader((uri) => this.fileLink(run, action, uri))
  }

  /** Where a file, or a listing of a folder, that an action takes or gives can be fetched for a while. */
  async fileLink(run: string, action: string, uri: string): Promise<{ url: string; expiresAtMs: number }> {
    const actionId = this.actionId(run, action)
    const { signedUrl, expiresAt } = await this.connection.call(() => this.dataProxy.createFileLink({ actionId, uri }))
    return { url: signedUrl, expiresAtMs: expiresAt === undefined ? 0 : timestampMs(expiresAt) }
  }

  /** Who the server takes the caller for. */
  userInfo(): Promise<{ subject: string; name: string; email: string }> {
    return this.connection.call(() => this.identity.userInfo({}))
  }

  protected get projectScope(): { case: 'projectId'; value: Connection['projectId'] } {
    return { case: 'projectId', value: this.connection.projectId }
  }

  protected runId(name: string): Connection['place'] & { name: string } {
    return { ...this.connection.place, name }
  }

  protected actionId(run: string, action: string): { run: Connection['place'] & { name: string }; name: string } {
    return { run: this.runId(run), name: action }
  }
}
