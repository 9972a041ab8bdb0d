import type { ClientPlatform } from './platform.ts'
import { ServerReader } from './server-reader.ts'
import { createTransport } from './transport.ts'
import { UploadPlace } from './upload-place.ts'
import { upload, uploadContent } from './uploads.ts'

export const nodePlatform: ClientPlatform = {
  createTransport,
  upload,
  uploadContent,
  createPlace: (send) => new UploadPlace(send),
  createReader: (links) => new ServerReader(links),
}
