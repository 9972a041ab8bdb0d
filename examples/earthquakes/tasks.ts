import { artifact, chart, ctx, DataFrame, File, NonRecoverableError, report, TaskEnvironment } from '@tern/sdk'
import { nodeFailure } from '@tern/sdk/workflows'
import { z } from 'zod'
import { Forecast, Law, Page, Quake, quakeColumns, Quakes, Sequence } from './model.ts'
import { chanceOfAftershock, completenessOf, countByMagnitude, daysBetween, distanceKm, slopeOf } from './seismology.ts'

// The tasks that the workflows in bulletin.ts put together. None of them knows of a workflow, or of another task.

export const env = new TaskEnvironment({ name: 'earthquakes', description: 'A bulletin of the earthquakes of a week' })

// In a table that was a text file, times are texts.
const Event = Quake.extend({ time: z.coerce.date(), type: z.string() })

/** Leaves out what people have set off: explosions and quarry blasts. */
export const readEvents = env.task(
  { name: 'read-events', inputs: { events: DataFrame.schema() }, output: Quakes, retries: 2 },
  async ({ events }) => {
    const rows = (await events.rows()).map((row) => Event.parse(row))
    return DataFrame.fromRows(
      rows.filter(({ type }) => type === 'earthquake'),
      { columns: quakeColumns },
    )
  },
)

export const listNetworks = env.task(
  { name: 'list-networks', inputs: { quakes: Quakes }, output: z.array(z.string()) },
  async ({ quakes }) => {
    const rows = await quakes.rows({ columns: ['network'] })
    return [...new Set(rows.map(({ network }) => network ?? ''))].sort()
  },
)

/** The strongest of all, and those from a magnitude on, the strongest first. */
export const findStrong = env.task(
  {
    name: 'find-strong',
    inputs: { quakes: Quakes, magnitude: z.number() },
    outputs: { strongest: Quake, strong: z.array(Quake) },
  },
  async ({ quakes, magnitude }) => {
    const ranked = (await readAll(quakes)).sort((a, b) => b.magnitude - a.magnitude || Number(a.time) - Number(b.time))
    const [strongest] = ranked
    if (strongest === undefined) throw new NonRecoverableError('there is no earthquake in the catalogue')
    return { strongest, strong: ranked.filter((quake) => quake.magnitude >= magnitude) }
  },
)

/** Some networks have located too few. Trying again does not make them more. */
export class TooFewQuakesError extends NonRecoverableError {}

export const fitLaw = env.task(
  { name: 'fit-law', inputs: { network: z.string(), quakes: Quakes, atLeast: z.int().default(30) }, output: Law },
  async ({ network, quakes, atLeast }) => {
    const magnitudes = (await readAll(quakes))
      .filter((quake) => quake.network === network)
      .map((quake) => quake.magnitude)
    const completeness = completenessOf(magnitudes)
    const complete = magnitudes.filter((magnitude) => magnitude >= completeness - 0.05)
    if (complete.length < atLeast) {
      throw new TooFewQuakesError(`${network}: ${complete.length} earthquakes are too few, it takes ${atLeast}`)
    }
    return { network, quakes: complete.length, completeness, b: slopeOf(complete, completeness) }
  },
)

/** What has happened within 100 km of a strong earthquake, from then on. */
export const followUp = env.task(
  { name: 'follow-up', inputs: { quakes: Quakes, shock: Quake }, output: Sequence },
  async ({ quakes, shock }) => {
    const later = (await readAll(quakes)).filter(({ time }) => time > shock.time)
    const near = later.filter((quake) => distanceKm(quake, shock) <= 100)
    const end = later.reduce((last, { time }) => (time > last ? time : last), shock.time)
    return {
      aftershocks: near.length,
      largest: Math.max(0, ...near.map(({ magnitude }) => magnitude)),
      days: daysBetween(shock.time, end),
    }
  },
)

export const forecast = env.task(
  { name: 'forecast', inputs: { shock: Quake, sequence: Sequence }, output: Forecast },
  ({ shock, sequence }) => {
    const { days } = sequence
    return { shock, sequence, chance: chanceOfAftershock(shock.magnitude, 5, days, days + 7) }
  },
)

export const warn = env.task(
  { name: 'warn', inputs: { forecasts: z.array(Forecast) }, output: z.string() },
  ({ forecasts }) =>
    forecasts
      .map(({ shock, sequence, chance }) => {
        const { aftershocks } = sequence
        const sure = `${(100 * chance).toFixed(0)} %`
        return `- **M ${shock.magnitude.toFixed(1)}**, ${shock.place}: ${aftershocks} followed; ${sure} for another M 5 within a week`
      })
      .join('\n'),
)

export const calm = env.task(
  { name: 'calm', inputs: { strongest: Quake }, output: z.string() },
  ({ strongest: { magnitude, place } }) => `Nothing unusual. The strongest was M ${magnitude.toFixed(1)}, ${place}.`,
)

export const draft = env.task(
  {
    name: 'draft',
    inputs: { headline: z.string(), quakes: Quakes, networks: z.array(z.string()), laws: z.array(Law.nullable()) },
    output: Page,
    report: true,
    docs: 'Writes the bulletin, with a report to look at before it is released',
  },
  async ({ headline, quakes, networks, laws }) => {
    const rows = await readAll(quakes)
    const known = laws.filter((law) => law !== null)
    const silent = networks.filter((_, n) => laws[n] === null)
    const days = Map.groupBy(rows, ({ time }) => time.toISOString().slice(0, 10))
    const sizes = [...countByMagnitude(rows.map((quake) => quake.magnitude))]
    report().heading(`${rows.length} earthquakes`)
    for (const line of headline.split('\n')) report().text(line.replaceAll('*', ''))
    report().add(
      chart({
        type: 'bar',
        title: 'Earthquakes a day',
        rows: [...days].map(([day, same]) => ({ day, earthquakes: same.length })),
        x: 'day',
        y: 'earthquakes',
      }),
    )
    report().add(
      chart({
        type: 'line',
        title: 'The larger, the fewer',
        rows: sizes.map(([magnitude], n) => ({ magnitude, atLeast: Math.log10(sum(sizes.slice(n))) })),
        x: 'magnitude',
        y: 'atLeast',
        yLabel: 'of at least this magnitude (powers of ten)',
      }),
    )
    report()
      .tab('where')
      .add(chart({ type: 'points', title: 'Where', rows, x: 'longitude', y: 'latitude', height: 400 }))
    report()
      .tab('networks')
      .table(known)
      .text(`Too few to say anything: ${silent.join(', ') || 'none'}`)
    const table = known.map(
      ({ network, quakes: n, completeness, b }) => `| ${network} | ${n} | ${completeness} | ${b.toFixed(2)} |`,
    )
    return File.fromText(
      [
        '# Earthquakes of the week',
        '',
        `${rows.length} earthquakes from ${[...days.keys()].at(0)} to ${[...days.keys()].at(-1)}.`,
        '',
        headline,
        '',
        '| network | earthquakes | complete from | b |',
        '| --- | --- | --- | --- |',
        ...table,
        '',
        `Too few to say anything: ${silent.join(', ') || 'none'}.`,
        '',
      ].join('\n'),
      { name: 'draft.md', format: 'md' },
    )
  },
)

/** What is published is a version of the artifact `earthquake-bulletin`: whoever waits for one is told. */
export const publish = env.task(
  { name: 'publish', inputs: { page: Page }, output: artifact(Page, { name: 'earthquake-bulletin' }) },
  async ({ page }) => File.fromText(await page.text(), { name: 'bulletin.md', format: 'md' }),
)

/**
 * What somebody needs who is told that there is no bulletin: what went wrong, where, and how it goes on. It takes the inputs of the
 * workflow, as the handler of its failures.
 */
export const writeIncident = env.task(
  {
    name: 'write-incident',
    inputs: { events: DataFrame.schema(), alertFrom: z.number(), err: nodeFailure },
    output: artifact(Page, { name: 'earthquake-incident' }),
    report: true,
  },
  ({ events, alertFrom, err }) => {
    const facts = {
      node: err.failedNodeId,
      error: err.message,
      events: events.uri ?? 'a table of this process',
      'alert from': `M ${alertFrom}`,
      // With what had worked. An answer had, too: the node that failed is done again whatever it gave.
      'to go on': `tern rerun ${ctx()?.run.name} --recover${err.action && ` --force-rerun-action ${err.action}`}`,
    }
    const rows = Object.entries(facts).map(([what, is]) => ({ what, is }))
    report().heading('No bulletin this week').table(rows)
    const text = ['# No bulletin this week', '', ...rows.map(({ what, is }) => `- ${what}: ${is}`), ''].join('\n')
    return File.fromText(text, { name: 'incident.md', format: 'md' })
  },
)

async function readAll(quakes: DataFrame): Promise<Quake[]> {
  return (await quakes.rows()).map((row) => Quake.parse(row))
}

function sum(counts: readonly (readonly [number, number])[]): number {
  return counts.reduce((total, [, count]) => total + count, 0)
}
