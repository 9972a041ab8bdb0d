// Tasks that are requests, to the server whose address they are given.
import { File, httpTask, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

export const env = new TaskEnvironment({ name: 'http' })
const base = z.string()

export const item = httpTask(env, {
  name: 'item',
  url: 'http://127.0.0.1:{{.inputs.port}}/items/{{.inputs.id}}',
  query: { tag: '{{.inputs.tag}}', fixed: 'a b' },
  headers: { authorization: 'Bearer {{.secrets.http-token}}', 'x-tag': 'of {{.inputs.tag}}' },
  inputs: { port: z.int(), id: z.string(), tag: z.string() },
  output: z.object({ url: z.string(), headers: z.record(z.string(), z.string()) }),
})

export const create = httpTask(env, {
  name: 'create',
  url: '{{.inputs.url}}',
  body: {
    name: 'n {{.inputs.name}}',
    count: '{{.inputs.count}}',
    tags: ['{{.inputs.tags}}', null],
    at: '{{.inputs.at}}',
  },
  inputs: { url: base, name: z.string(), count: z.int(), tags: z.array(z.string()), at: z.date() },
  outputs: {
    status: z.int(),
    headers: z.record(z.string(), z.string()),
    body: z.object({ sent: z.string(), type: z.string(), key: z.string() }),
  },
})

export const fetchFile = httpTask(env, {
  name: 'fetch_file',
  url: '{{.inputs.url}}',
  inputs: { url: base },
  output: File.schema(),
})
export const sendFile = httpTask(env, {
  name: 'send_file',
  url: '{{.inputs.url}}',
  method: 'PUT',
  body: '{{.inputs.file}}',
  inputs: { url: base, file: File.schema() },
  output: z.object({ sent: z.string(), type: z.string() }),
})
export const text = httpTask(env, {
  name: 'text',
  url: '{{.inputs.url}}',
  inputs: { url: base },
  output: z.string(),
  maxResponseBytes: 100,
  requestRetries: 2,
  longestWait: '2s',
})
export const hasty = httpTask(env, {
  name: 'hasty',
  url: '{{.inputs.url}}',
  inputs: { url: base },
  requestTimeout: '1500ms',
  requestRetries: 1,
})
export const once = httpTask(env, { name: 'once', url: '{{.inputs.url}}', method: 'POST', inputs: { url: base } })
export const remove = httpTask(env, {
  name: 'remove',
  url: '{{.inputs.url}}',
  method: 'DELETE',
  statuses: [204, 404],
  inputs: { url: base },
  outputs: { status: z.int() },
})
export const secretive = httpTask(env, {
  name: 'secretive',
  url: '{{.inputs.url}}',
  headers: { 'x-key': '{{.secrets.http-token}}' },
  inputs: { url: base },
  output: z.string(),
})
