// Tasks that are no functions: commands and scripts.
import { containerTask, DataFrame, Dir, File, shellTask, sqlite, sqlTask, TaskEnvironment } from '@tern/sdk'
import { workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

export const env = new TaskEnvironment({ name: 'kinds', envVars: { GREETING: 'hello' } })

export const count = containerTask(env, {
  name: 'count',
  image: 'busybox:1',
  command: ['sh', '-c'],
  args: [
    'wc -w < "$0" > "/var/outputs/words"; printf %s "$GREETING $1" > "/var/outputs/greeting"; cp "/var/inputs/text" "/var/outputs/copy"',
    '{{.inputs.text}}',
    '{{.inputs.name}}',
  ],
  inputs: { text: File.schema(), name: z.string() },
  outputs: { words: z.int(), greeting: z.string(), copy: File.schema() },
})

export const echoed = shellTask(env, {
  name: 'echoed',
  inputs: {
    text: z.string(),
    n: z.int(),
    on: z.boolean(),
    list: z.array(z.string()),
    note: z.string().optional(),
    file: File.schema(),
    folder: Dir.schema(),
    rows: DataFrame.schema(),
  },
  outputs: {
    text: z.string(),
    next: z.int(),
    rest: z.string(),
    files: z.array(z.string()),
    made: Dir.schema(),
    missing: z.string().optional(),
  },
  script: `
    printf %s "$inputs_text" > "$outputs_text"
    echo $((inputs_n + 1)) > "$outputs_next"
    printf '%s|%s|%s|' "$inputs_on" "$inputs_list" "$inputs_note" > "$outputs_rest"
    cat "$inputs_file" >> "$outputs_rest"
    printf '["%s"' "$(ls "$inputs_folder" | tr '\\n' ' ')" > "$outputs_files"
    test -d "$inputs_rows" && echo ', "rows"]' >> "$outputs_files"
    mkdir "$outputs_made" && echo x > "$outputs_made/one"`,
})

export const failing = shellTask(env, {
  name: 'failing',
  inputs: { code: z.int() },
  retries: 1,
  script: 'echo "attempt ends" >&2; exit "$inputs_code"',
})

export const unset = shellTask(env, { name: 'unset', script: 'echo "$inputs_nothing"' })
export const piped = shellTask(env, { name: 'piped', shell: 'bash', script: 'false | true' })
export const sleeping = shellTask(env, { name: 'sleeping', timeout: '1s', script: 'sleep 600 & wait' })
export const lasting = shellTask(env, { name: 'lasting', script: 'echo $$; exec sleep 600' })
export const absent = containerTask(env, { name: 'absent', image: 'x', command: ['no-such-program'] })
export const upper = shellTask(env, {
  name: 'upper',
  inputs: { text: z.string() },
  output: z.string(),
  cache: 'auto',
  script: 'printf %s "$inputs_text" | tr a-z A-Z > "$output"',
})

export const greeted = shellTask(env, {
  name: 'greeted',
  output: z.string(),
  script: 'printf %s "$GREETING" > "$output"',
})

export const length = sqlTask(env, {
  name: 'length',
  database: sqlite(),
  inputs: { text: z.string() },
  output: z.int(),
  query: 'select length({{.inputs.text}})',
})

/** A graph in which no node is a function. */
export const graph = workflow(
  { env, name: 'graph', inputs: { text: z.string() }, outputs: { shouted: z.string(), size: z.int() } },
  ({ text }) => {
    const shouted = upper.node({ text })
    return { shouted, size: length.node({ text: shouted }) }
  },
)

/** Text that would do harm if it became a part of a command. */
export const hostile = `'; touch /tmp/tern-was-here; $(id) \`id\` "\\ {{.inputs.n}} /var/inputs/n *\n\n`

export const all = env.task({ name: 'all', output: z.array(z.string()) }, async () => {
  const text = File.fromText('one two three', { name: 'words.txt' })
  const counted = await count({ text, name: hostile })
  const folder = Dir.fromFiles({ a: File.fromText('a'), b: File.fromText('b') })
  const rows = DataFrame.fromRows([{ x: 1 }])
  const given = { text: hostile, n: 41, on: true, list: ['a b', '"'], file: text, folder, rows }
  const told = await echoed(given)
  return [
    String(counted.words),
    counted.greeting,
    await counted.copy.text(),
    told.text,
    String(told.next),
    told.rest,
    JSON.stringify(told.files),
    await (await told.made.get('one')).text(),
    String(told.missing),
    await upper({ text: 'shout' }),
    `${await greeted()} ${await greeted.override({ envVars: { GREETING: 'bye' } })()}`,
  ]
})

export const expected = [
  '3',
  `hello ${hostile}`,
  'one two three',
  hostile,
  '42',
  'true|["a b","\\""]||one two three',
  '["a b ","rows"]',
  'x\n',
  'undefined',
  'SHOUT',
  'hello bye',
]
