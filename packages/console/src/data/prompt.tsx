import { ConditionPromptType } from '@tern/idl/workflow'
import { Suspense } from 'react'
import { lazyPart } from '../api/lazy-part.ts'

const Markdown = lazyPart(() => import('./markdown.tsx'), 'Markdown')

/** What a condition asks. */
export function Prompt({
  condition: { name, prompt, promptType },
}: {
  condition: { readonly name: string; readonly prompt: string; readonly promptType: ConditionPromptType }
}) {
  if (promptType !== ConditionPromptType.MARKDOWN) {
    return <p className="text-sm whitespace-pre-wrap">{prompt || `What is ${name}?`}</p>
  }
  return (
    <Suspense fallback={<p className="text-sm">{prompt}</p>}>
      <Markdown text={prompt} />
    </Suspense>
  )
}
