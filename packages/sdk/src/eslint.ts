import { noRefInCondition } from './workflows/lint/no-ref-in-condition.ts'

/**
 * A plugin for ESLint and for oxlint, with a rule for what neither the compiler nor a reference itself can notice: `ref || x`,
 * `ref ?? x`, `!ref`, `ref === x`, `switch (ref)` and `await ref` in the bodies of workflows.
 */
const plugin = {
  meta: { name: '@tern/sdk', version: '0.1.0' },
  rules: { 'no-ref-in-condition': noRefInCondition },
}

export { plugin as default, plugin }
