import { Dir, File, report, TaskEnvironment, triggeredArtifact, triggerTime } from '@tern/sdk'
import { z } from 'zod'
import { Findings } from './analysis.ts'
import { Delays, type Feature, Model, Quality } from './tables.ts'

// What people get to see: a page for each airport, a chart, a report, and an outlook that comes by itself.

export const publishing = new TaskEnvironment({ name: 'aviation-publishing', description: 'What people get to see' })

const Page = File.schema({ format: 'md' })
const Chart = File.schema({ format: 'svg' })

export const airportPage = publishing.task(
  { name: 'airport-page', inputs: { delays: Delays }, output: Page },
  ({ delays: { airport, flights, mean, late, longest } }) =>
    File.fromText(
      [
        `# ${airport}`,
        '',
        `${flights} flights, ${mean.toFixed(1)} minutes late on average, ${(100 * late).toFixed(0)} % of them by more than`,
        `15 minutes. The longest delay was ${longest} minutes.`,
        '',
      ].join('\n'),
      { name: `${airport}.md`, format: 'md' },
    ),
)

export const drawHours = publishing.task(
  { name: 'draw-hours', inputs: { hours: z.array(z.number()) }, output: Chart },
  ({ hours }) => {
    const highest = Math.max(1, ...hours)
    const bars = hours.map((minutes, hour) => {
      const height = Math.round((Math.max(0, minutes) / highest) * 100)
      return `<rect x="${hour * 20}" y="${110 - height}" width="16" height="${height}"><title>${hour}:00</title></rect>`
    })
    const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 120" fill="steelblue">${bars.join('')}</svg>`
    return File.fromText(text, { name: 'hours.svg', format: 'svg' })
  },
)

export const buildSite = publishing.task(
  { name: 'build-site', inputs: { pages: z.array(Page), chart: Chart }, output: Dir.schema() },
  ({ pages, chart }) =>
    Dir.fromFiles({
      'index.md': ['# Airports', '', ...pages.map(({ name }) => `- [${name}](airports/${name})`), ''].join('\n'),
      'hours.svg': chart,
      ...Object.fromEntries(pages.map((page) => [`airports/${page.name}`, page])),
    }),
)

export const writeReport = publishing.task(
  {
    name: 'write-report',
    inputs: { findings: Findings, model: Model, quality: z.array(Quality) },
    output: z.string(),
    report: true,
    docs: 'Shows what was found, and sums it up in a sentence',
  },
  ({ findings, model, quality }) => {
    const { years, species, phases, costs, states, delays } = findings
    report().text('Delays by airport').table(delays)
    report().tab('wildlife').table(years).table(species).table(phases).table(states).table(costs)
    report()
      .tab('model')
      .table([{ features: model.features.join(', ') || 'none', error: model.error }])
    report().tab('quality').table(quality)
    const worst = delays.reduce((latest, each) => (each.mean > latest.mean ? each : latest))
    const total = costs.reduce((sum, cost) => sum + cost.total, 0)
    return `${worst.airport} is latest (${worst.mean.toFixed(1)} min); strikes cost ${Math.round(total / 1e6)} million dollars.`
  },
)

/** What was fitted when this was written: the outlook has something to go by before the first run. */
const usual: Model = { features: ['hour'], weights: [-4, 0.9], error: 32 }

export const outlook = publishing.task(
  {
    name: 'outlook',
    inputs: { model: Model.default(usual), at: z.date().default(() => new Date(0)) },
    output: z.string(),
    docs: 'How late flights will be in the evening of a day',
    triggers: [
      {
        name: 'every-morning',
        schedule: '0 6 * * *',
        timezone: 'America/Chicago',
        inputs: { at: triggerTime },
      },
      { name: 'new-model', onArtifact: 'aviation-delays', inputs: { model: triggeredArtifact } },
    ],
  },
  ({ model, at }) => {
    const evening: Readonly<Record<Feature, number>> = {
      hour: 18,
      distance: 0.8,
      weekend: Number(at.getUTCDay() % 6 === 0),
    }
    const values = [1, ...model.features.map((feature) => evening[feature])]
    const minutes = values.reduce((total, value, n) => total + value * (model.weights[n] ?? 0), 0)
    return `At 18:00, flights leave ${minutes.toFixed(0)} minutes late, give or take ${model.error.toFixed(0)}.`
  },
)
