import { Code } from '@connectrpc/connect'
import { OverallStatus, SecretPresenceStatus, SecretType } from '@tern/idl/secret'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const place = { project: 'flytesnacks', domain: 'development' }

const text = (value: string) => ({ value: { case: 'stringValue' as const, value } })
const binary = (...bytes: number[]) => ({ value: { case: 'binaryValue' as const, value: new Uint8Array(bytes) } })

let serial = 0
/** A name that no other test uses, since all transports share a server. */
function fresh(prefix = 'secret'): string {
  serial += 1
  return `${prefix}-${serial}`
}

/** What a task of that name's secret would be handed. */
async function valueOf(name: string, { project = place.project, domain = place.domain } = {}): Promise<string> {
  const values = await api.vault.values({ project, domain }, [name])
  return new TextDecoder().decode(values.get(name))
}

eachTransport((transport) => {
  let secrets: Clients['secrets']
  beforeAll(() => {
    secrets = createClients(transport.connect(api.url)).secrets
  })

  test('a secret is shown without its value', async () => {
    const name = fresh()
    const before = Date.now()
    await secrets.createSecret({ id: { name, ...place }, secretSpec: text('hidden value') })
    const { secret } = await secrets.getSecret({ id: { name, ...place } })
    expect(secret?.id).toMatchObject({ name, organization: 'tern', ...place })
    expect(secret?.secretMetadata).toMatchObject({
      type: SecretType.GENERIC,
      secretStatus: {
        overallStatus: OverallStatus.FULLY_PRESENT,
        clusterStatus: [{ presenceStatus: SecretPresenceStatus.PRESENT }],
      },
    })
    expect(Number(secret?.secretMetadata?.createdTime?.seconds)).toBeGreaterThanOrEqual(Math.floor(before / 1000))
    const shown = JSON.stringify(secret, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))
    expect(shown).not.toContain('hidden value')
    expect(await valueOf(name)).toBe('hidden value')
  })

  test('a value may be bytes, and a secret may be for pulling images', async () => {
    const id = { name: fresh('pull') }
    await secrets.createSecret({ id, secretSpec: { ...binary(0, 255, 1), type: SecretType.IMAGE_PULL_SECRET } })
    const { secret } = await secrets.getSecret({ id })
    expect(secret?.secretMetadata?.type).toBe(SecretType.IMAGE_PULL_SECRET)
    const values = await api.vault.values(place, [id.name])
    expect([...(values.get(id.name) ?? [])]).toEqual([0, 255, 1])
  })

  test('an update replaces the value', async () => {
    const id = { name: fresh(), ...place }
    await expectRefused(secrets.updateSecret({ id, secretSpec: text('x') }), Code.NotFound, id.name)
    await secrets.createSecret({ id, secretSpec: text('first') })
    await expectRefused(secrets.createSecret({ id, secretSpec: text('again') }), Code.AlreadyExists, id.name)
    expect(await valueOf(id.name)).toBe('first')
    await secrets.updateSecret({ id, secretSpec: text('second') })
    expect(await valueOf(id.name)).toBe('second')
  })

  test('a deleted secret is gone', async () => {
    const id = { name: fresh(), ...place }
    await secrets.createSecret({ id, secretSpec: text('x') })
    await secrets.deleteSecret({ id })
    await expectRefused(secrets.getSecret({ id }), Code.NotFound, id.name)
    await expectRefused(secrets.deleteSecret({ id }), Code.NotFound, id.name)
    await secrets.createSecret({ id, secretSpec: text('y') })
    expect(await valueOf(id.name)).toBe('y')
  })

  test('the narrowest of secrets with one name is the one', async () => {
    const name = fresh()
    const { domain } = place
    await secrets.createSecret({ id: { name }, secretSpec: text('of all') })
    expect(await valueOf(name)).toBe('of all')
    await secrets.createSecret({ id: { name, domain }, secretSpec: text('of the domain') })
    expect(await valueOf(name)).toBe('of the domain')
    await secrets.createSecret({ id: { name, ...place }, secretSpec: text('of the project') })
    expect(await valueOf(name)).toBe('of the project')
    expect(await valueOf(name, { project: 'another' })).toBe('of the domain')
    expect(await valueOf(name, { domain: 'production' })).toBe('of all')
    await secrets.deleteSecret({ id: { name, ...place } })
    expect(await valueOf(name)).toBe('of the domain')
  })

  test('what cannot be is refused', async () => {
    const secretSpec = text('x')
    const name = fresh()
    await expectRefused(secrets.createSecret({ secretSpec }), Code.InvalidArgument, 'id')
    await expectRefused(secrets.createSecret({ id: { name } }), Code.InvalidArgument, 'secret_spec')
    await expectRefused(secrets.createSecret({ id: { name }, secretSpec: {} }), Code.InvalidArgument, 'value')
    await expectRefused(secrets.createSecret({ id: { name }, secretSpec: text('') }), Code.InvalidArgument, 'is empty')
    await expectRefused(secrets.updateSecret({ id: { name }, secretSpec: {} }), Code.InvalidArgument, 'value')
    const long = 'x'.repeat(64 * 1024 + 1)
    await expectRefused(secrets.createSecret({ id: { name }, secretSpec: text(long) }), Code.InvalidArgument, '65537')
    for (const bad of ['', 'a b', 'a/b', 'ä', '../x', 'x'.repeat(254)]) {
      const id = { name: bad, ...place }
      await expectRefused(secrets.createSecret({ id, secretSpec }), Code.InvalidArgument, 'id.name')
      await expectRefused(secrets.getSecret({ id }), Code.InvalidArgument, 'id.name')
    }
    const type = 7 as SecretType
    await expectRefused(
      secrets.createSecret({ id: { name }, secretSpec: { ...secretSpec, type } }),
      Code.InvalidArgument,
      'type',
    )
    const halfScope = { name, project: place.project }
    await expectRefused(secrets.createSecret({ id: halfScope, secretSpec }), Code.InvalidArgument, 'id.domain')
    await expectRefused(secrets.deleteSecret({ id: halfScope }), Code.InvalidArgument, 'id.domain')
    await expectRefused(secrets.listSecrets({ project: place.project }), Code.InvalidArgument, 'domain')
    const nowhere = { name, project: 'nowhere', domain: 'development' }
    await expectRefused(secrets.createSecret({ id: nowhere, secretSpec }), Code.NotFound, 'nowhere')
    await expectRefused(secrets.listSecrets({ domain: 'nowhere' }), Code.NotFound, 'nowhere')
    await expectRefused(secrets.listSecrets({ limit: -1 }), Code.InvalidArgument, 'limit')
    await expectRefused(secrets.listSecrets({ limit: 201 }), Code.InvalidArgument, 'limit')
    await expectRefused(secrets.listSecrets({ token: 'nonsense' }), Code.InvalidArgument, 'nonsense')
    await expectRefused(secrets.getSecret({ id: { name } }), Code.NotFound, name)
  })

  test('pages lead through the secrets of a scope and the narrower ones', async () => {
    const project = fresh('listing')
    await createClients(transport.connect(api.url)).projects.createProject({ project: { id: project } })
    const name = fresh('listed')
    const domain = 'production'
    const secretSpec = text('x')
    await secrets.createSecret({ id: { name: `${name}-of-all` }, secretSpec })
    await secrets.createSecret({ id: { name: `${name}-of-domain`, domain }, secretSpec })
    for (const letter of ['a', 'b', 'c']) {
      await secrets.createSecret({ id: { name: `${name}-${letter}`, domain, project }, secretSpec })
    }
    const ofProject = await namesOf({ domain, project }, 2)
    expect(ofProject).toEqual(['a', 'b', 'c'].map((letter) => `${name}-${letter}`))
    const mine = (names: string[]) => names.filter((other) => other.startsWith(`${name}-`)).sort()
    expect(mine(await namesOf({ domain }, 3))).toEqual([...ofProject, `${name}-of-domain`])
    expect(mine(await namesOf({}, 7))).toEqual([...ofProject, `${name}-of-all`, `${name}-of-domain`])
    const { token } = await secrets.listSecrets({ domain, project, limit: 1 })
    await expectRefused(secrets.listSecrets({ domain, limit: 1, token }), Code.InvalidArgument, 'another query')
  })

  async function namesOf(scope: { domain?: string; project?: string }, limit: number): Promise<string[]> {
    const names: string[] = []
    for (let token = ''; ; ) {
      const page = await secrets.listSecrets({ ...scope, limit, token })
      expect(page.secrets.length).toBeLessThanOrEqual(limit)
      names.push(...page.secrets.map(({ id }) => id?.name ?? ''))
      token = page.token
      if (token === '') return names
    }
  }
})
