import { DataFrame } from '@tern/sdk'
import { approve, dynamic, ge, launchPlan, mapOver, when, workflow } from '@tern/sdk/workflows'
import { z } from 'zod'
import { Forecast, Law, Page, Quake, Quakes } from './model.ts'
import {
  calm,
  draft,
  env,
  findStrong,
  fitLaw,
  followUp,
  forecast,
  listNetworks,
  publish,
  readEvents,
  warn,
  writeIncident,
} from './tasks.ts'

// The bulletin of the earthquakes of a week. What follows runs once, when it is compiled: what a node gives is a reference to a
// value that is not there yet, and what comes of it all is a graph.
//   tern compile examples/earthquakes/bulletin.ts bulletin
//   tern run examples/earthquakes/bulletin.ts bulletin --events examples/earthquakes/week.csv
//   tern get condition RUN
//   tern signal condition RUN release true

/** Reads a catalogue. A workflow of its own can be run alone, and is part of the graph of whatever uses it. */
export const catalogue = workflow(
  {
    env,
    name: 'catalogue',
    inputs: { events: DataFrame.schema() },
    outputs: { quakes: Quakes, networks: z.array(z.string()), strongest: Quake, strong: z.array(Quake) },
    docs: 'Reads a catalogue of earthquakes',
  },
  ({ events }) => {
    const quakes = readEvents.node({ events })
    const { strongest, strong } = findStrong.node({ quakes, magnitude: 5 })
    return { quakes, networks: listNetworks.node({ quakes }), strongest, strong }
  },
)

/** How many strong earthquakes there are, the data say: a dynamic task gets values, and makes as many nodes as it takes. */
export const followAll = dynamic(
  {
    env,
    name: 'follow-all',
    inputs: { quakes: Quakes, strong: z.array(Quake), from: z.number() },
    output: z.array(Forecast),
    docs: 'What is to be expected of each strong earthquake',
  },
  ({ quakes, strong, from }) =>
    strong
      .filter(({ magnitude }) => magnitude >= from)
      .map((shock) => forecast.node({ shock, sequence: followUp.node({ quakes, shock }) })),
)

/** What is said when there was a strong one. */
export const alert = workflow(
  {
    env,
    name: 'alert',
    inputs: { quakes: Quakes, strong: z.array(Quake), from: z.number() },
    output: z.string(),
    docs: 'Says which strong earthquakes there were, and what may follow',
  },
  ({ quakes, strong, from }) => warn.node({ forecasts: followAll.node({ quakes, strong, from }) }),
)

export const bulletin = workflow(
  {
    env,
    name: 'bulletin',
    inputs: {
      events: DataFrame.schema().describe('a catalogue, as CSV or Parquet'),
      alertFrom: z.number().default(6).describe('the magnitude from which on people are warned'),
    },
    outputs: { page: Page, laws: z.array(Law.nullable()) },
    docs: 'What the earthquakes of a week were, released by a person',
    // Called by the server, also when all that ran is gone. The workflow fails all the same.
    onFailure: writeIncident,
  },
  ({ events, alertFrom }) => {
    const { quakes, networks, strongest, strong } = catalogue.node({ events })

    // One node, and an action for each network. Those that have located too few fail, and their laws are null: the type says so.
    const laws = mapOver(fitLaw, { bind: { quakes }, concurrency: 4, minSuccessRatio: 0.5 }).node({ network: networks })

    // Both cases are in the graph, and checked. The nodes of the one that is not taken are skipped.
    const headline = when('strong?', ge(strongest.magnitude, alertFrom), () =>
      alert.node({ quakes, strong, from: alertFrom }),
    ).else(() => calm.node({ strongest }))

    // Waits for a person, for three days, and costs nothing meanwhile. A no fails the workflow.
    const page = approve(draft.node({ headline, quakes, networks, laws }), {
      name: 'release',
      prompt: 'Is the bulletin right? The report of the draft shows what it is made of.',
      timeout: '3d',
    })
    return { page: publish.node({ page }), laws }
  },
)

/**
 * Another way to run it, kept on the server under a name of its own: for those who want to know of great earthquakes only. Nobody
 * launches it with less, since what is fixed is none of its inputs.
 *   tern deploy examples/earthquakes/bulletin.ts
 *   tern launch great-earthquakes --events examples/earthquakes/week.csv
 */
export const greatOnly = launchPlan(bulletin, {
  name: 'great-earthquakes',
  description: 'The bulletin for those who want to know of great earthquakes only',
  fixed: { alertFrom: 8 },
  labels: { audience: 'press' },
  concurrency: { max: 1, onLimit: 'queue' },
  autoActivate: true,
})
