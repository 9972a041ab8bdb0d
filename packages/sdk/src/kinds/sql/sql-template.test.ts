import { expect, test } from 'vitest'
import { bindSql, inputsOf, parseSql, quoteIdentifier, wordsOf } from './sql-template.ts'

const dollar = (number: number) => `$${number}`
const bind = (query: string) => bindSql(parseSql(query), dollar, (input) => `the "${input}`)

test('values become parameters, each input once', () => {
  expect(bind('select {{.inputs.a}}, {{ $inputs.b }} where x = {{.Inputs.a}} limit 3 ; -- ends')).toEqual({
    sql: 'select $1, $2 where x = $1 limit 3  -- ends',
    inputs: ['a', 'b'],
  })
})

test('names are quoted', () => {
  expect(bind('select {{ident .inputs.column}} from t')).toEqual({ sql: 'select "the ""column" from t', inputs: [] })
  expect(quoteIdentifier('a"; drop table t; --')).toBe('"a""; drop table t; --"')
})

test('what is quoted stays as it is', () => {
  const query = `select 'it''s; -- {', "a;b", $tag$ ' ; $tag$, $$;$$, a-b/c, \`x;\` /* ; {{.inputs.a}} */ -- {{.inputs.b}}\nfrom t`
  expect(bind(query)).toEqual({ sql: query, inputs: [] })
})

test.each([
  `select '{{.inputs.a}}'`,
  `select "{{.inputs.a}}"`,
  'select $x$ {{.inputs.a}} $x$',
  `select 'like %{{ident .inputs.a}}'`,
])('a placeholder in quotes is refused: %s', (query) => {
  expect(() => parseSql(query)).toThrow(
    expect.objectContaining({ field: 'query', message: expect.stringMatching(/stands in quotes/) }),
  )
})

test('more than one statement is refused', () => {
  expect(() => parseSql('select 1; select 2')).toThrow(/one statement/)
  expect(() => parseSql('select 1;; {{.inputs.a}}')).toThrow(/one statement/)
})

test('the inputs and the tables of a query are known', () => {
  const query = `select {{.inputs.a}}, 'days' from "rain" where /* snow */ {{ident .inputs.b}} = 1`
  expect([...inputsOf(parseSql(query))]).toEqual(['a', 'b'])
  const words = wordsOf(query)
  expect([words.has('rain'), words.has('days'), words.has('snow')]).toEqual([true, false, false])
})
