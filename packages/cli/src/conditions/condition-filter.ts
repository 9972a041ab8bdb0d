import { ActionType } from '@tern/idl/workflow'

/** Of a run's actions, those that wait for a value. */
export const conditionFilter = {
  field: 'action_type',
  function: 'EQUAL',
  values: [String(ActionType.CONDITION)],
} as const
