// A workflow with everything that the page of a workflow shows.
import { TaskEnvironment } from '@tern/sdk'
import { approve, gt, mapOver, when, workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'shop' })

const weigh = env.task(
  { name: 'weigh', inputs: { items: z.array(z.string()) }, output: z.number() },
  ({ items }) => items.length * 1.5,
)
const quote = env.task(
  { name: 'quote', inputs: { carrier: z.string(), weight: z.number() }, output: z.number() },
  ({ carrier, weight }) => carrier.length + weight,
)
const cheapest = env.task(
  { name: 'cheapest', inputs: { prices: z.array(z.number()) }, output: z.number() },
  ({ prices }) => Math.min(...prices),
)
const box = env.task(
  { name: 'box', inputs: { weight: z.number() }, output: z.string() },
  ({ weight }) => `box of ${weight}`,
)
const label = env.task(
  { name: 'label', inputs: { box: z.string(), city: z.string() }, output: z.string() },
  ({ box: packed, city }) => `${packed} for ${city}`,
)
const courier = env.task(
  { name: 'courier', inputs: { parcel: z.string(), price: z.number() }, output: z.string() },
  ({ parcel }) => `${parcel} by bicycle`,
)
const freight = env.task(
  { name: 'freight', inputs: { parcel: z.string(), price: z.number() }, output: z.string() },
  ({ parcel }) => `${parcel} by lorry`,
)
const apologise = env.task({ name: 'apologise', inputs: { items: z.array(z.string()), city: z.string() } }, () => {})

/** Puts things into a box with a label. */
export const pack = workflow(
  { env, name: 'pack', inputs: { weight: z.number(), city: z.string() }, output: z.string() },
  ({ weight, city }) => label.node({ box: box.node({ weight }), city }),
)

/** Asks all carriers for a price, packs, and sends the parcel by what suits its weight. */
export const delivery = workflow(
  {
    env,
    name: 'delivery',
    docs: { short: 'Sends an order to whoever bought it' },
    inputs: { items: z.array(z.string()), city: z.string().describe('Where it goes') },
    output: z.string(),
    onFailure: apologise,
  },
  ({ items, city }) => {
    const weight = weigh.node({ items })
    const prices = mapOver(quote, { bind: { weight }, concurrency: 2 }).node({ carrier: ['north', 'south', 'sea'] })
    const price = cheapest.node({ prices }, { retries: 3, timeout: '5m' })
    const parcel = pack.node({ weight, city }, { name: 'pack it' })
    const sent = when('by weight', gt(weight, 20), () => freight.node({ parcel, price })).else(() =>
      courier.node({ parcel, price }),
    )
    return approve(sent, { name: 'hand over', prompt: 'Is the parcel **ready**?', promptType: 'markdown' })
  },
)
