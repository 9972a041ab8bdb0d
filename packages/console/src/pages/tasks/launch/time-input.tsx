import { useState } from 'react'
import { cx } from '../../../design/cx.ts'
import { localZone } from '../../../model/local-moment.ts'
import { instantIn, momentIn } from '../../../model/zoned-moment.ts'
import { boxClass } from './field-props.ts'

const zones = [...new Set([localZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])]

/** A time, on the clock of a time zone. What it gives is that moment in UTC. */
export function TimeInput({
  shared,
  value,
  onChange,
}: {
  readonly shared: { readonly id: string }
  /** ISO text; empty for none. */
  readonly value: string
  readonly onChange: (value: string) => void
}) {
  const [zone, setZone] = useState(localZone())
  // A field of the browser that is half filled in has no value, and must not be emptied for that.
  const [moment, setMoment] = useState(() => momentIn(zone, value))
  const give = (text: string, inZone: string) => {
    setMoment(text)
    onChange(instantIn(inZone, text) ?? '')
  }
  return (
    <div className="flex flex-wrap gap-1.5">
      <input
        {...shared}
        type="datetime-local"
        step="1"
        value={moment}
        onChange={(event) => give(event.target.value, zone)}
        className={cx(boxClass, 'h-8 w-auto grow')}
      />
      <select
        aria-label={`Time zone of ${shared.id.replace(/^launch-/, '')}`}
        value={zone}
        onChange={({ target }) => {
          setZone(target.value)
          if (moment !== '') give(moment, target.value)
        }}
        className={cx(boxClass, 'h-8 w-44')}
      >
        {zones.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </div>
  )
}
