// What this process is to the modules it loads. Taken from the environment at once, so that programs which tasks start
// do not mistake themselves for workers.
const workerFd = process.env['TERN_WORKER_FD']
delete process.env['TERN_WORKER_FD']

// In a worker the bundle is the main module, and would pass for a script that was started by hand.
if (workerFd !== undefined) process.argv[1] = 'tern-worker'

const loadingKey: unique symbol = Symbol.for('tern.loading') as never
const holder = globalThis as { [loadingKey]?: boolean }

/** The descriptor of the stream to the server, in a process that runs attempts for one. */
export function workerDescriptor(): number | undefined {
  return workerFd === undefined ? undefined : Number(workerFd)
}

/** Whether modules are loaded for the tasks they declare: by a worker, or by a program that looks at a bundle. */
export function isLoadedForTasks(): boolean {
  return workerFd !== undefined || holder[loadingKey] === true
}

/** Says that `body` loads modules for the tasks they declare. */
export async function loadingForTasks<T>(body: () => Promise<T>): Promise<T> {
  holder[loadingKey] = true
  try {
    return await body()
  } finally {
    holder[loadingKey] = false
  }
}

// Defined where a bundle is compiled: its modules are all one file, which this is known of before they declare anything.
declare const TERN_BUNDLE: true | undefined

let bundleUrl = typeof TERN_BUNDLE === 'undefined' ? undefined : import.meta.url
let codeHash: string | undefined

/** Says that this copy of the SDK is part of a code bundle. */
export function setBundle(url: string, hash: string | undefined): void {
  bundleUrl = url
  codeHash = hash
}

/** Of the code that is in the bundle, but for the SDK, if this copy of the SDK is part of one. */
export function ownCodeHash(): string | undefined {
  return codeHash
}

/** The module that this copy of the SDK, and the tasks declared with it, were loaded from, if it is a code bundle. */
export function ownBundleUrl(): string | undefined {
  return bundleUrl
}
