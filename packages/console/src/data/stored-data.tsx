import { createClient } from '@connectrpc/connect'
import { skipToken, useQuery } from '@tanstack/react-query'
import { DataProxyService } from '@tern/idl/dataproxy'
import { Download, File, Folder, Table2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { followable } from '../api/links.ts'
import { transport } from '../api/transport.ts'
import { isUnimplemented } from '../api/unimplemented.ts'
import { Button, buttonClass } from '../design/button.tsx'
import { CopyButton } from '../design/copy.tsx'
import { ProblemLine, Skeleton } from '../design/states.tsx'
import { DataTable } from './data-table.tsx'
import { loadPreview, type Preview } from './file-preview.ts'
import { formatBytes } from './format-bytes.ts'
import type { Value } from './value.ts'

/** The action that data belongs to. */
export interface DataSource {
  readonly project: string
  readonly domain: string
  readonly run: string
  readonly action: string
}

type Stored = Extract<Value, { kind: 'file' | 'folder' | 'table' }>

const client = createClient(DataProxyService, transport)
const icons = { file: File, folder: Folder, table: Table2 } as const

async function linkTo(uri: string, { project, domain, run, action }: DataSource): Promise<string> {
  const actionId = { name: action, run: { org: '', project, domain, name: run } }
  const { signedUrl } = await client.createFileLink({ actionId, uri })
  return followable(signedUrl)
}

/** Something that lies in storage: a link to it, and a look into it. */
export function StoredData({ value, name, source }: { value: Stored; name: string; source: DataSource | undefined }) {
  const [isOpen, setOpen] = useState(value.kind === 'table')
  const Icon = icons[value.kind]
  const file = value.uri.slice(value.uri.lastIndexOf('/') + 1) || value.uri
  const link = useQuery({
    queryKey: ['file-link', source, value.uri],
    queryFn: source === undefined ? skipToken : () => linkTo(value.uri, source),
    staleTime: 60_000,
    retry: false,
  })
  return (
    <div className="flex flex-col gap-2">
      <div className="flex min-w-0 items-center gap-2 rounded-md border border-line px-2.5 py-1.5 text-xs">
        <Icon size={14} className="shrink-0 text-muted" aria-hidden />
        <span className="truncate font-medium" title={value.uri}>
          {file}
        </span>
        {value.format && <span className="text-faint">{value.format}</span>}
        <span className="ml-auto flex shrink-0 items-center gap-1">
          <CopyButton text={value.uri} what="the address" />
          {source !== undefined && !isUnimplemented(link.error) && (
            <Button size="small" look="ghost" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {isOpen ? 'Hide' : 'Preview'}
            </Button>
          )}
          {link.data !== undefined && value.kind !== 'folder' && (
            <a href={link.data} download className={buttonClass({ size: 'small', look: 'ghost' })}>
              <Download size={13} aria-hidden /> Download
            </a>
          )}
        </span>
      </div>
      {!isUnimplemented(link.error) && <ProblemLine error={link.error} />}
      {isOpen && source !== undefined && link.data !== undefined && (
        <PreviewView url={link.data} value={value} name={name} source={source} />
      )}
    </div>
  )
}

/** A table may be a folder of files, each with a part of it: the first one is looked into. */
async function lookInto(url: string, { uri, format, kind }: Stored, source: DataSource, signal: AbortSignal) {
  const preview = await loadPreview(url, uri, format, signal)
  const part = preview.kind === 'list' && kind === 'table' ? preview.files.find(({ size }) => size > 0) : undefined
  if (part === undefined) return preview
  return loadPreview(await linkTo(`${uri}/${part.path}`, source), part.path, format, signal)
}

interface PreviewProps {
  readonly url: string
  readonly value: Stored
  readonly name: string
  readonly source: DataSource
}

function PreviewView({ url, value, name, source }: PreviewProps) {
  const { data, error } = useQuery({
    queryKey: ['preview', value.uri, value.format],
    queryFn: ({ signal }) => lookInto(url, value, source, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  if (error !== null) return <ProblemLine error={error} />
  if (data === undefined) return <Skeleton />
  return <Shown preview={data} name={name} />
}

function Shown({ preview, name }: { preview: Preview; name: string }) {
  switch (preview.kind) {
    case 'table':
      return <DataTable data={preview.data} label={name} />
    case 'image':
      return <Picture blob={preview.blob} name={name} />
    case 'text':
      return (
        <pre
          className="max-h-72 overflow-auto rounded-md bg-sunken p-2.5 font-mono text-xs whitespace-pre-wrap"
          tabIndex={0}
        >
          {preview.text}
          {preview.isCut && '\n…'}
        </pre>
      )
    case 'list':
      return (
        <ul className="rounded-md border border-line text-xs">
          {preview.files.map(({ path, size }) => (
            <li key={path} className="flex justify-between gap-4 border-b border-line/60 px-2.5 py-1 last:border-b-0">
              <span className="truncate font-mono">{path}</span>
              <span className="text-muted">{formatBytes(size)}</span>
            </li>
          ))}
        </ul>
      )
    case 'nothing':
      return <p className="text-xs text-muted">{preview.why}</p>
  }
}

function Picture({ blob, name }: { blob: Blob; name: string }) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(blob)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [blob])
  if (url === undefined) return null
  return (
    <img
      src={url}
      alt={`Preview of ${name}`}
      className="max-h-96 max-w-full rounded-md border border-line object-contain"
    />
  )
}
