import { FolderUp, Upload, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { toProblem } from '../../../api/problem.ts'
import { useScope } from '../../../app/scope.ts'
import { formatBytes } from '../../../data/format-bytes.ts'
import { type LocalFile, uploadFile, uploadFolder } from '../../../data/upload.ts'
import { Button, IconButton } from '../../../design/button.tsx'

interface Sending {
  readonly name: string
  readonly size: number
  readonly done: number
}

/** Sends files of somebody's computer to the server, and tells where they are then. */
export function UploadInput({
  kind,
  label,
  onUploaded,
  onBusy,
}: {
  readonly kind: 'file' | 'folder' | 'table'
  readonly label: string
  /** @param extension of the file's name, without the dot */
  readonly onUploaded: (uri: string, extension: string) => void
  readonly onBusy: (isBusy: boolean) => void
}) {
  const scope = useScope()
  const input = useRef<HTMLInputElement>(null)
  const stop = useRef<AbortController | undefined>(undefined)
  // Other fields may be filled in until everything is sent.
  const latest = useRef(onUploaded)
  latest.current = onUploaded
  const [sending, setSending] = useState<Sending>()
  const [sent, setSent] = useState('')
  const [problem, setProblem] = useState('')
  useEffect(() => () => stop.current?.abort(), [])
  const isFolder = kind === 'folder'

  const send = async (files: ReadonlyArray<File>) => {
    const [first] = files
    if (first === undefined) return
    const size = files.reduce((sum, file) => sum + file.size, 0)
    const name = isFolder ? (first.webkitRelativePath.split('/')[0] ?? 'folder') : first.name
    const what = isFolder ? `${name}, ${files.length} files, ${formatBytes(size)}` : `${name}, ${formatBytes(size)}`
    const controller = new AbortController()
    stop.current = controller
    setProblem('')
    setSent('')
    setSending({ name: what, size, done: 0 })
    onBusy(true)
    try {
      const options = {
        scope,
        signal: controller.signal,
        onProgress: (done: number) => setSending({ name: what, size, done }),
      }
      const uri = isFolder
        ? await uploadFolder(name, files.map(inFolder), options)
        : await uploadFile({ path: first.name, content: first }, options)
      latest.current(uri, /\.(\w+)$/.exec(first.name)?.[1] ?? '')
      setSent(what)
    } catch (error) {
      if (!controller.signal.aborted) setProblem(toProblem(error).message)
    } finally {
      setSending(undefined)
      onBusy(false)
      if (input.current) input.current.value = ''
    }
  }
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2 text-xs">
      <input
        ref={input}
        type="file"
        aria-label={`Files for ${label}`}
        tabIndex={-1}
        className="hidden"
        {...(isFolder && { webkitdirectory: '' })}
        multiple={isFolder}
        onChange={(event) => void send([...(event.target.files ?? [])])}
      />
      <Button
        size="small"
        icon={isFolder ? <FolderUp size={13} aria-hidden /> : <Upload size={13} aria-hidden />}
        disabled={sending !== undefined}
        onClick={() => input.current?.click()}
      >
        {isFolder ? 'Choose a folder' : 'Choose a file'}
      </Button>
      {sending !== undefined && (
        <>
          <progress
            aria-label={`Sending ${sending.name}`}
            value={sending.done}
            max={Math.max(1, sending.size)}
            className="h-1.5 w-24 accent-accent-strong"
          />
          <span className="min-w-0 truncate text-muted">{sending.name}</span>
          <IconButton
            label="Stop the upload"
            icon={<X size={13} />}
            size="small"
            onClick={() => stop.current?.abort()}
          />
        </>
      )}
      {sent !== '' && (
        <span role="status" className="min-w-0 truncate text-good">
          Sent {sent}
        </span>
      )}
      {problem !== '' && (
        <span role="alert" className="min-w-0 break-words text-bad">
          {problem}
        </span>
      )}
    </div>
  )
}

/** The path below the folder that was chosen. */
function inFolder(file: File): LocalFile {
  return { path: file.webkitRelativePath.split('/').slice(1).join('/'), content: file }
}
