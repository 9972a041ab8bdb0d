const key = 'tern.reloaded'
const againMs = 30_000

/**
 * Loads the page anew because a part of it is gone, as it is when the server has been replaced by one of another version.
 * Throws the error when that was tried a moment ago.
 */
export function reloadOr(error: unknown): Promise<never> {
  if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < againMs) throw error
  sessionStorage.setItem(key, String(Date.now()))
  location.reload()
  // Nothing more is to be seen of this page.
  return new Promise(() => {})
}
