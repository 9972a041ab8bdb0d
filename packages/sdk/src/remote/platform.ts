import type { Client, Transport } from '@connectrpc/connect'
import type { DataProxyService } from '@tern/idl/dataproxy'
import type { Place } from '../io/place.ts'
import type { Reader } from '../io/reader.ts'
import type { Configuration } from './configuration.ts'
import type { FileLinks } from './server-reader.ts'
import type { UploadContent } from './upload-place.ts'
import type { ContentUpload, Upload } from './uploads.ts'

/** What a client does in one way in Node, and in another in a browser. */
export interface ClientPlatform {
  createTransport(configuration: Pick<Configuration, 'endpoint' | 'token'>): Transport
  /** Puts bytes into the server's storage. @returns where tasks find them */
  upload(dataProxy: Client<typeof DataProxyService>, file: Upload): Promise<string>
  uploadContent(dataProxy: Client<typeof DataProxyService>, file: ContentUpload): Promise<string>
  /** Where files go that runs are given. */
  createPlace(upload: UploadContent): Place
  createReader(links: FileLinks): Reader
}
