import { InvalidArgumentError as BadQuantity, quantityValue } from '@tern/core'
import type { ServerOptions } from '@tern/server'
import { InvalidArgumentError } from 'commander'

type Queues = NonNullable<ServerOptions['queues']>
type Capacity = NonNullable<ServerOptions['capacity']>

const queuePattern = /^([A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?)(?:=(\d{1,9})?(?::(-?\d{1,9}))?)?$/

/** Reads `NAME=LIMIT:PRIORITY`, or several with commas between them, and adds them to those before. */
export function parseQueues(text: string, previous: unknown): Queues {
  return Object.assign({}, previous as Queues | undefined, ...text.split(',').map((part) => toQueue(part.trim())))
}

function toQueue(text: string): Queues {
  const [, name, limit, priority] = queuePattern.exec(text) ?? []
  if (name === undefined || limit === '0') {
    throw new InvalidArgumentError('It must be NAME=LIMIT or NAME=LIMIT:PRIORITY, with a limit of at least 1.')
  }
  return {
    [name]: {
      ...(limit !== undefined && { maxConcurrency: Number(limit) }),
      ...(priority !== undefined && { priority: Number(priority) }),
    },
  }
}

const resources = { cpu: 'cpu', memory: 'memoryBytes', gpu: 'gpu' } as const

/** Reads `cpu=AMOUNT,memory=AMOUNT,gpu=AMOUNT`, or some of them. */
export function parseCapacity(text: string): Capacity {
  return Object.assign({}, ...text.split(',').map((part) => toAmount(part.trim())))
}

function toAmount(text: string): Capacity {
  const [name = '', amount = '', ...rest] = text.split('=')
  if (!isResource(name) || amount === '' || rest.length > 0) {
    throw new InvalidArgumentError('It must be amounts of cpu, memory and gpu: cpu=4,memory=8Gi,gpu=1.')
  }
  return { [resources[name]]: toNumber(amount) }
}

function isResource(name: string): name is keyof typeof resources {
  return Object.hasOwn(resources, name)
}

/** Reads an amount of bytes such as `20Gi`. */
export function parseSize(text: string): number {
  return toNumber(text.trim())
}

function toNumber(amount: string): number {
  try {
    const value = quantityValue(amount)
    if (value >= 0) return value
  } catch (error) {
    if (!(error instanceof BadQuantity)) throw error
  }
  throw new InvalidArgumentError(`${amount} is not an amount: write 4, 500m or 8Gi.`)
}
