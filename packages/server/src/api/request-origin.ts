import type { HandlerContext } from '@connectrpc/connect'

/** The address by which the caller reached the server, as the start of a URL; a proxy in front may say that it is https. */
export function originOf(context: HandlerContext): string {
  const forwarded = context.requestHeader.get('x-forwarded-proto')?.split(',', 1)[0]?.trim().toLowerCase()
  const scheme = forwarded === 'https' || forwarded === 'http' ? forwarded : 'http'
  return `${scheme}://${new URL(context.url).host}`
}
