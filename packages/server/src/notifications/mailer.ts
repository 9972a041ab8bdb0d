import { isIP } from 'node:net'
import { fillNotification, InvalidArgumentError, type NotificationFacts } from '@tern/core'
import type { EmailDeliveryTemplate, EmailRecipient } from '@tern/idl/notification'
import { createTransport } from 'nodemailer'
import { DeliveryError } from './http-delivery.ts'

/** The mail server that notifications are sent through. */
export interface MailOptions {
  /** `smtp://user:password@host:587`, or `smtps://` for TLS from the start. */
  readonly url: string
  /** Whom mails are from. Defaults to `tern@` and the host of the mail server. */
  readonly from?: string | undefined
}

const connectMs = 10_000
const silentMs = 20_000
// What Flyte's Python SDK writes where there is none.
const noHtml = 'No HTML body'

/** Sends emails. */
export class Mailer {
  readonly #transport: ReturnType<typeof createTransport>
  readonly #from: string

  /** @throws InvalidArgumentError for an address that is none of a mail server */
  constructor({ url, from }: MailOptions) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (parsed === undefined || !/^smtps?:$/.test(parsed.protocol) || parsed.hostname === '') {
      const hint = 'Give smtp://host:port, or smtps://user:password@host:port.'
      // Without what it is: it may hold a password.
      throw new InvalidArgumentError('the address of the mail server is none', { field: 'mail.url', hint })
    }
    const { hostname, username, password, port, protocol } = parsed
    this.#from = from ?? `tern@${isIP(hostname) === 0 ? hostname : 'localhost'}`
    this.#transport = createTransport({
      host: hostname,
      secure: protocol === 'smtps:',
      ...(port !== '' && { port: Number(port) }),
      ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
      connectionTimeout: connectMs,
      greetingTimeout: connectMs,
      socketTimeout: silentMs,
    })
  }

  /** Undefined once the mail server has taken it, else why it has not. */
  async send(
    { to, cc, bcc, content }: EmailDeliveryTemplate,
    facts: NotificationFacts,
  ): Promise<DeliveryError | undefined> {
    if (content.case !== 'inline') return new DeliveryError('the mail has no text', true)
    const { subject, textTemplate, htmlTemplate } = content.value
    try {
      await this.#transport.sendMail({
        from: this.#from,
        to: to.map(toAddress),
        cc: cc.map(toAddress),
        bcc: bcc.map(toAddress),
        subject: fillNotification(subject, facts, (value) => value.replace(/\s+/g, ' ')),
        text: fillNotification(textTemplate, facts),
        ...(htmlTemplate !== '' && htmlTemplate !== noHtml && { html: fillNotification(htmlTemplate, facts, toHtml) }),
      })
      return undefined
    } catch (error) {
      const { message, responseCode = 0 } = error as Error & { responseCode?: number }
      return new DeliveryError(`the mail server did not take it: ${message}`, responseCode >= 500, { cause: error })
    }
  }

  close(): void {
    this.#transport.close()
  }
}

function toAddress({ name, address }: EmailRecipient): { name: string; address: string } {
  return { name, address }
}

function toHtml(value: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return value.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
