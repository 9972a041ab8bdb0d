import { checkDomainName, InvalidArgumentError, isLoopback } from '@tern/core'
import type { StartOptions } from '../commands/start.ts'
import { CommandError, UsageError } from '../usage-error.ts'

/** @throws CommandError for what this version does not have, UsageError for an address that anybody could use */
export function checkStartOptions({
  host,
  database,
  advertiseUrl,
  domains,
  storage,
  insecure,
  smtpUrl,
  smtpFrom,
}: StartOptions): void {
  checkMail(smtpUrl, smtpFrom)
  if (!/^(sqlite$|postgres(ql)?:\/\/)/.test(database)) {
    throw new UsageError(`--database ${withoutSecrets(database)} names no database that Tern has`, {
      hint: 'Say sqlite, or postgres://user:password@host:5432/database.',
    })
  }
  if (advertiseUrl !== undefined && !/^https?:\/\/[^/?#@]+\/?$/.test(advertiseUrl)) {
    throw new UsageError(`--advertise-url ${withoutSecrets(advertiseUrl)} is not the address of a server`, {
      hint: 'Say where the other servers reach this one: http://10.0.0.7:30080.',
    })
  }
  if (storage !== 'file') {
    throw new CommandError(`--storage ${withoutSecrets(storage)} is not available in this version`, {
      hint: 'This version has --storage file.',
    })
  }
  checkDomains(domains)
  if (!isLoopback(host) && insecure !== true) {
    throw new UsageError(`refusing to listen on ${host} without authentication: other machines could run code here`, {
      hint: 'Listen on 127.0.0.1, or add --insecure if the network is yours alone.',
    })
  }
}

function checkDomains(domains: string): void {
  const names = domainsOf(domains)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new UsageError(`--domains names ${twice} twice`)
  try {
    for (const name of names) checkDomainName(name, '--domains')
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new UsageError(error.message, { hint: 'Write them with commas between them: development,production.' })
  }
}

/** The names in a list with commas. */
export function domainsOf(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim())
}

function checkMail(url: string | undefined, from: string | undefined): void {
  if (url === undefined && from !== undefined) {
    throw new UsageError('--smtp-from needs a mail server', { hint: 'Name it with --smtp-url smtp://host:port.' })
  }
  if (url === undefined || /^smtps?:\/\/[^/]/.test(url)) return
  throw new UsageError(`--smtp-url ${withoutSecrets(url)} is no mail server`, {
    hint: 'Say smtp://user:password@host:587, or smtps:// for TLS from the start.',
  })
}

/** The address of a database, or of a mail server, may hold a password. */
function withoutSecrets(value: string): string {
  return value.replace(/\/\/.*@/, '//***@')
}

/**
 * The origins of web pages that may call the server.
 *
 * @throws UsageError for what is no origin
 */
export function originsOf(text: string | undefined): string[] {
  const origins = (text ?? '').split(',').map((origin) => origin.trim().replace(/\/$/, ''))
  const given = origins.filter((origin) => origin !== '')
  const wrong = given.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)
  if (wrong !== undefined) {
    throw new UsageError(`--allow-origin ${wrong} is not the origin of web pages`, {
      hint: 'Write it as browsers do: https://tools.example.com, with the port where it has one.',
    })
  }
  return given
}
