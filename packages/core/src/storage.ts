export { createStorage } from './storage/create-storage.ts'
export { FileStorage, type FileStorageOptions } from './storage/file-storage.ts'
export { joinUri } from './storage/join-uri.ts'
export type {
  ReadOptions,
  ReadStreamOptions,
  Storage,
  StoredObject,
  WriteStreamOptions,
  Written,
} from './storage/storage.ts'
