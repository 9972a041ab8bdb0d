export { createStorage } from './storage/create-storage.ts'
export { isTransientFault } from './storage/file-errors.ts'
export { FileStorage, type FileStorageOptions } from './storage/file-storage.ts'
export { joinUri } from './storage/join-uri.ts'
export { makeFolder } from './storage/make-folder.ts'
export { RetryingStorage, type StorageRetryOptions } from './storage/retrying-storage.ts'
export type {
  ReadOptions,
  ReadStreamOptions,
  Storage,
  StoredObject,
  WriteStreamOptions,
  Written,
} from './storage/storage.ts'
