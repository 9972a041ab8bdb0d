import type { Token, TokenKind } from './highlight.ts'

const colours: Readonly<Record<TokenKind, string | undefined>> = {
  plain: undefined,
  comment: 'text-faint italic',
  string: 'text-good',
  keyword: 'text-ask',
  number: 'text-warn',
  name: 'text-accent',
}

/** A line of code in colours. */
export function CodeLine({ tokens }: { tokens: ReadonlyArray<Token> }) {
  return tokens.map(({ kind, text }, index) => {
    const colour = colours[kind]
    return colour === undefined ? (
      text
    ) : (
      <span key={index} className={colour}>
        {text}
      </span>
    )
  })
}
