import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import type { NamedLiteral } from '@tern/idl/task'
import type { LiteralsToLaunchFormJsonRequest, TranslatorService } from '@tern/idl/workflow'
import { fromLaunchForm, fromValues } from '../../forms/launch-form.ts'
import type { ApiDomain } from '../domain.ts'
import { fromActionIdentifier } from '../wire/identifiers.ts'

export function createTranslatorService({ translator }: ApiDomain): ServiceImpl<typeof TranslatorService> {
  async function literalsOf(request: LiteralsToLaunchFormJsonRequest): Promise<ReadonlyArray<NamedLiteral>> {
    const { owner, literalsUri } = request
    if (owner.case === 'triggerId') {
      const { name, revision } = owner.value
      if (name === undefined) throw missing('trigger_id.name')
      return translator.triggerInputs(name, Number(revision))
    }
    if (literalsUri === '') return request.literals
    if (owner.case !== 'actionId') throw missing('action_id')
    return translator.actionLiterals(fromActionIdentifier(owner.value), literalsUri)
  }
  return {
    async taskSpecToLaunchFormJson({ taskSpec }) {
      if (taskSpec === undefined) throw missing('task_spec')
      return { json: translator.taskForm(taskSpec) }
    },
    async literalsToLaunchFormJson(request) {
      return { json: translator.literalsForm(await literalsOf(request), request.variables) }
    },
    async launchFormJsonToLiterals({ json }) {
      return { literals: fromLaunchForm(json) }
    },
    async jsonValuesToLiterals({ values, variables }) {
      return { literals: fromValues(values, variables) }
    },
  }
}

function missing(field: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: value is required`, { field })
}
