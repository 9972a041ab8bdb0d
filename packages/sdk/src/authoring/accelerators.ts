import { create } from '@bufbuild/protobuf'
import { type ExtendedResources, ExtendedResourcesSchema, GPUAccelerator_DeviceClass } from '@tern/idl/core'
import { checkKeys, checkText, checkWhole, invalid, isRecord } from './check-values.ts'
import type { Resources } from './task-options.ts'

const { NVIDIA_GPU, GOOGLE_TPU, AMAZON_NEURON, AMD_GPU, HABANA_GAUDI } = GPUAccelerator_DeviceClass

// The devices that Flyte knows, by class, with the labels of the nodes that have them where those are not the name itself.
const nvidia = {
  A2: 'A2',
  A10: 'nvidia-a10',
  A10G: 'nvidia-a10g',
  A100: 'nvidia-tesla-a100',
  A100_80G: 'nvidia-a100-80gb',
  B200: 'B200',
  H100: 'nvidia-tesla-h100',
  H200: 'H200',
  L4: 'nvidia-l4',
  L40s: 'nvidia-l40s',
  T4: 'nvidia-tesla-t4',
  V100: 'nvidia-tesla-v100',
  RTX_PRO_4500: 'nvidia-rtx-pro-4500',
  RTX_PRO_6000: 'nvidia-rtx-pro-6000',
  GB10: 'GB10',
  // Shares of one device.
  'A10 shared': 'A10 shared',
  'A10G shared': 'A10G shared',
  'L4 shared': 'L4 shared',
  'L40S shared': 'L40S shared',
  'T4 shared': 'T4 shared',
} as const
const google = { V5E: 'tpu-v5-lite-podslice', V5P: 'tpu-v5p-slice', V6E: 'tpu-v6e-slice' } as const
const neuron = ['Inf1', 'Inf2', 'Trn1', 'Trn1n', 'Trn2', 'Trn2u'] as const
const amd = ['MI100', 'MI210', 'MI250', 'MI250X', 'MI300A', 'MI300X', 'MI325X', 'MI350X', 'MI355X'] as const
const gaudi = ['Gaudi1'] as const

/** A device that is asked for by name. */
export type AcceleratorName =
  | keyof typeof nvidia
  | keyof typeof google
  | (typeof neuron)[number]
  | (typeof amd)[number]
  | (typeof gaudi)[number]

/** Devices of one kind. */
export interface Accelerator {
  readonly type: AcceleratorName
  /** How many. Defaults to 1. */
  readonly quantity?: number | undefined
  /** The part of each that is asked for, such as `1g.5gb` of an A100, or the shape of a slice of TPUs, such as `2x4`. */
  readonly partition?: string | undefined
}

/** Accelerators of any kind by number, or those of one: `'T4'`, `'A100:8'`, or an object. */
export type GpuRequest = number | AcceleratorName | `${AcceleratorName}:${number}` | Accelerator

interface Device {
  readonly label: string
  readonly deviceClass: GPUAccelerator_DeviceClass
}

const devices: ReadonlyMap<string, Device> = new Map([
  ...devicesOf(NVIDIA_GPU, Object.entries(nvidia)),
  ...devicesOf(GOOGLE_TPU, Object.entries(google)),
  ...devicesOf(AMAZON_NEURON, neuron.map(named)),
  ...devicesOf(AMD_GPU, amd.map(named)),
  ...devicesOf(HABANA_GAUDI, gaudi.map(named)),
])

function named(name: string): [string, string] {
  return [name, name]
}

function devicesOf(deviceClass: GPUAccelerator_DeviceClass, labels: readonly (readonly [string, string])[]) {
  return labels.map(([name, label]) => [name, { label, deviceClass }] as const)
}

const keys = new Set(['type', 'quantity', 'partition'])

/** @throws InvalidArgumentError naming what is wrong */
export function checkGpu(value: unknown): void {
  if (value === undefined) return
  if (typeof value === 'number') return checkWhole(value, 'resources.gpu', 0)
  if (typeof value !== 'string' && !isRecord(value)) {
    throw invalid('resources.gpu', 'resources.gpu must be a number, a device such as "A100:8", or an object')
  }
  if (isRecord(value)) checkKeys(value, keys, 'resources.gpu')
  const { type, quantity = 1, partition } = toAccelerator(value as Exclude<GpuRequest, number>)
  checkWhole(quantity, `resources.gpu: quantity of ${type}`, 1)
  checkText(partition, 'resources.gpu.partition')
  if (devices.has(type)) return
  throw invalid(
    'resources.gpu',
    `resources.gpu: no device is called ${JSON.stringify(type)}`,
    `Those known are ${[...devices.keys()].join(', ')}.`,
  )
}

/** How many accelerators are asked for; `undefined` for none. */
export function gpuCount(gpu: GpuRequest | undefined): number | undefined {
  const count = gpu === undefined || typeof gpu === 'number' ? gpu : (toAccelerator(gpu).quantity ?? 1)
  return count === 0 ? undefined : count
}

/** What has no place among the amounts: the device that is asked for, and shared memory. */
export function toExtendedResources({ gpu, sharedMemory }: Resources): ExtendedResources | undefined {
  const isNamed = gpu !== undefined && typeof gpu !== 'number'
  if (!isNamed && sharedMemory === undefined) return undefined
  return create(ExtendedResourcesSchema, {
    ...(isNamed ? { gpuAccelerator: toDevice(toAccelerator(gpu)) } : {}),
    ...(sharedMemory === undefined
      ? {}
      : {
          sharedMemory: {
            mountPath: '/dev/shm',
            mountName: 'flyte-shm',
            sizeLimit: sharedMemory === 'auto' ? '' : sharedMemory,
          },
        }),
  })
}

function toDevice({ type, partition }: Accelerator) {
  const { label: device, deviceClass } = devices.get(type)!
  return {
    device,
    deviceClass,
    ...(partition === undefined ? {} : { partitionSizeValue: { case: 'partitionSize' as const, value: partition } }),
  }
}

function toAccelerator(gpu: Exclude<GpuRequest, number>): Accelerator {
  if (typeof gpu === 'object') return gpu
  const [type, quantity] = gpu.split(':') as [AcceleratorName, string?]
  return quantity === undefined ? { type } : { type, quantity: Number(quantity) }
}
