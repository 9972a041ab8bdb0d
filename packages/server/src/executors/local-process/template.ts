/** What the placeholders of a container's command and arguments stand for. */
export interface TemplateValues {
  readonly input: string
  readonly outputPrefix: string
  readonly rawOutputDataPrefix: string
  readonly checkpointOutputPrefix: string
  /** Empty for a first attempt. */
  readonly prevCheckpointPrefix: string
  readonly runName: string
  readonly actionName: string
  /** ISO 8601. */
  readonly runStartTime: string
}

/** Replaces `{{.name}}`, in any case and with spaces or without; placeholders that it does not know stay as they are. */
export function renderTemplate(text: string, values: TemplateValues): string {
  return text.replace(/\{\{\s*[.$](\w+)\s*\}\}/g, (placeholder, name: string) => {
    const key = names.get(name.toLowerCase())
    return key === undefined ? placeholder : values[key]
  })
}

const keys: ReadonlyArray<keyof TemplateValues> = [
  'input',
  'outputPrefix',
  'rawOutputDataPrefix',
  'checkpointOutputPrefix',
  'prevCheckpointPrefix',
  'runName',
  'actionName',
  'runStartTime',
]
const names = new Map(keys.map((key) => [key.toLowerCase(), key]))
