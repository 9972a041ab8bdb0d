import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'

export interface Mail {
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly text: string
}

export interface MailReceiver {
  readonly url: string
  readonly mails: ReadonlyArray<Mail>
  /** What it answers to the next mails, instead of taking them. */
  readonly answers: string[]
  stop(): void
}

/** A mail server: as much of SMTP as it takes to be sent a mail. */
export async function startMailReceiver(): Promise<MailReceiver> {
  const mails: Mail[] = []
  const answers: string[] = []
  const server = createServer((socket) => converse(socket, mails, answers))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    answers,
    stop: () => void server.close(),
  }
}

function converse(socket: Socket, mails: Mail[], answers: string[]): void {
  let mail = { from: '', to: [] as string[], text: '' }
  let lines: string[] | null = null
  let rest = ''
  const say = (line: string): void => void socket.write(`${line}\r\n`)
  const take = (line: string): void => {
    if (lines !== null && line !== '.') return void lines.push(line)
    if (lines !== null) {
      const refusal = answers.shift()
      if (refusal === undefined) mails.push({ ...mail, text: lines.join('\n') })
      lines = null
      mail = { from: '', to: [], text: '' }
      return say(refusal ?? '250 taken')
    }
    const address = /<(.*?)>/.exec(line)?.[1] ?? ''
    if (/^MAIL/i.test(line)) mail.from = address
    if (/^RCPT/i.test(line)) mail.to.push(address)
    if (/^DATA/i.test(line)) {
      lines = []
      return say('354 go on')
    }
    if (/^QUIT/i.test(line)) socket.end('221 bye\r\n')
    else say('250 well')
  }
  socket.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\r\n')
    rest = parts.pop() ?? ''
    for (const line of parts) take(line)
  })
  socket.on('error', () => socket.destroy())
  say('220 here')
}
