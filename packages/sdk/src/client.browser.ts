// Talking to a server, from web pages: what `@tern/sdk/client` is for browsers.
export { createClient } from './remote/create-client.browser.ts'
export type { ConfigurationOptions } from './remote/configuration.browser.ts'
export type { Configuration, Token } from './remote/configuration.ts'
export * from './client-parts.ts'
