import { type CustomContext, noContext } from '../types/inputs-context.ts'
import { checkTexts, invalid } from './check-values.ts'

/** @throws InvalidArgumentError when it is no object of texts */
export function checkCustomContext(values: CustomContext | undefined): CustomContext {
  checkTexts(values, 'customContext')
  if (Object.keys(values ?? {}).includes('')) throw invalid('customContext', 'customContext: a name must not be empty')
  return values ?? noContext
}
