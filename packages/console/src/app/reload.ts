import { isServerThere } from '../api/lazy-part.ts'

const key = 'tern.reloaded'
const againMs = 30_000

/**
 * Loads the page anew when a part of it is gone because the server has been replaced by one of another version. A server
 * that is only away is waited for.
 */
export function reloadWhenReplaced(): void {
  window.addEventListener('vite:preloadError', () => {
    if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < againMs) return
    void isServerThere().then((isThere) => {
      if (!isThere) return
      sessionStorage.setItem(key, String(Date.now()))
      location.reload()
    })
  })
}
