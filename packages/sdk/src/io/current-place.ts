import { currentScope } from '../authoring/context.ts'
import { localFilesRoot, type Place, StoragePlace } from './place.ts'

/** Where what the running code makes belongs: to the attempt it runs in, or among this machine's temporary files. */
export function currentPlace(): Place {
  return currentScope()?.parent?.place ?? new StoragePlace(localFilesRoot('unattached'))
}
