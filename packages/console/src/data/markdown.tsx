import { lexer, type Token, type Tokens } from 'marked'
import type { ReactNode } from 'react'

/**
 * Markdown as elements. It is built of its parts and never of markup: HTML in it is shown as the text that it is, pictures
 * as links, and links lead to web pages only.
 */
export function Markdown({ text }: { text: string }) {
  return <div className="flex flex-col gap-2 text-sm break-words">{blocks(lexer(text, { gfm: true }))}</div>
}

function blocks(tokens: ReadonlyArray<Token>): ReactNode[] {
  return tokens.map((token, index) => <Block key={index} token={token} />)
}

const headings = ['text-lg', 'text-base', 'text-sm', 'text-sm', 'text-xs', 'text-xs']

function Block({ token }: { token: Token }): ReactNode {
  switch (token.type) {
    case 'space':
      return null
    case 'heading':
      return <p className={`font-semibold ${headings[(token as Tokens.Heading).depth - 1]}`}>{inline(token.tokens)}</p>
    case 'paragraph':
      return <p>{inline(token.tokens)}</p>
    case 'blockquote':
      return (
        <blockquote className="border-l-2 border-line-strong pl-3 text-muted">{blocks(token.tokens ?? [])}</blockquote>
      )
    case 'code':
      return (
        <pre className="overflow-auto rounded-md bg-sunken p-2.5 font-mono text-xs" tabIndex={0}>
          {token.text}
        </pre>
      )
    case 'hr':
      return <hr className="border-line" />
    case 'list':
      return <List list={token as Tokens.List} />
    case 'table':
      return <Table table={token as Tokens.Table} />
    case 'text':
      return <span>{token.tokens ? inline(token.tokens) : token.text}</span>
    default:
      return <span className="whitespace-pre-wrap">{token.raw}</span>
  }
}

function List({ list }: { list: Tokens.List }) {
  const items = list.items.map((item, index) => (
    <li key={index}>
      {item.task && <span aria-hidden>{item.checked ? '☑ ' : '☐ '}</span>}
      {blocks(item.tokens)}
    </li>
  ))
  return list.ordered ? (
    <ol className="list-decimal pl-5" start={list.start === '' ? 1 : list.start}>
      {items}
    </ol>
  ) : (
    <ul className="list-disc pl-5">{items}</ul>
  )
}

function Table({ table }: { table: Tokens.Table }) {
  return (
    <div className="overflow-auto">
      <table className="border-collapse text-xs">
        <thead>
          <tr>
            {table.header.map((cell, index) => (
              <th key={index} className="border border-line px-2 py-1 text-left font-medium">
                {inline(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, place) => (
                <td key={place} className="border border-line px-2 py-1">
                  {inline(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function inline(tokens: ReadonlyArray<Token> | undefined): ReactNode[] {
  return (tokens ?? []).map((token, index) => <Inline key={index} token={token} />)
}

function Inline({ token }: { token: Token }): ReactNode {
  switch (token.type) {
    case 'strong':
      return <strong className="font-semibold">{inline(token.tokens)}</strong>
    case 'em':
      return <em>{inline(token.tokens)}</em>
    case 'del':
      return <del>{inline(token.tokens)}</del>
    case 'codespan':
      return <code className="rounded bg-sunken px-1 py-px font-mono text-xs">{token.text}</code>
    case 'br':
      return <br />
    case 'link':
    case 'image': {
      const { href, text } = token as Tokens.Link
      return isWebPage(href) ? (
        <a href={href} target="_blank" rel="noopener noreferrer nofollow" className="text-accent underline">
          {token.type === 'link' ? inline(token.tokens) : text || href}
        </a>
      ) : (
        <span>{token.raw}</span>
      )
    }
    case 'text': {
      const { tokens, text } = token as Tokens.Text
      return tokens ? inline(tokens) : text
    }
    case 'escape':
      return (token as Tokens.Escape).text
    default:
      return token.raw
  }
}

function isWebPage(href: string): boolean {
  return URL.canParse(href) && /^https?:$/.test(new URL(href).protocol)
}
