/**
 * A link that the server has signed, as the page can follow it: a server behind a proxy may know itself by http where the page
 * came by https.
 */
export function followable(signedUrl: string): string {
  const url = new URL(signedUrl, location.href)
  return url.host === location.host ? `${location.origin}${url.pathname}${url.search}` : signedUrl
}
