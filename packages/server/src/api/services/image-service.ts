import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import type { ImageService } from '@tern/idl/imagebuilder'
import type { ApiDomain } from '../domain.ts'
import { toRunIdentifier } from '../wire/identifiers.ts'

export function createImageService({ images, config }: ApiDomain): ServiceImpl<typeof ImageService> {
  return {
    async getImage({ id }) {
      const name = id?.name ?? ''
      if (name === '') throw new InvalidArgumentError('id.name: value is required', { field: 'id.name' })
      const { reference, run } = await images.get(name)
      return {
        image: {
          $typeName: 'flyteidl2.imagebuilder.Image',
          id: { $typeName: 'flyteidl2.imagebuilder.ImageIdentifier', name },
          fqin: reference,
          ...(run && { buildRun: toRunIdentifier(config.org, run) }),
        },
      }
    },
  }
}
