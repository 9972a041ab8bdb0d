import { type SettingValue, writeSettings } from '@tern/core/settings'
import { SettingState } from '@tern/idl/settings'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'
import { refuseService } from './refuse-service.ts'

describe.skipIf(!hasBrowser)('settings', () => {
  const site = useSite({ permissions: ['clipboard-read', 'clipboard-write'] })

  const line = (page: Page, name: string) =>
    page.getByRole('button').filter({ has: page.getByText(name, { exact: true }) })
  const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true }).click()
  const level = async (page: Page, name: string) => {
    const levels = page.getByRole('group', { name: 'Whose settings' })
    await levels.getByRole('button', { name }).click()
    // What is clicked before is of the level before.
    await levels.getByRole('button', { name, pressed: true }).waitFor()
  }
  let serial = 0

  /** A project of a test's own, where something may be set already. */
  async function freshProject(set: Readonly<Record<string, SettingValue>> = {}, domain = 'development') {
    serial += 1
    const scope = { project: `settings-${serial}`, domain }
    await site.client.projects.create({ id: scope.project })
    const values = new Map(Object.entries(set))
    if (values.size > 0) await site.client.settings.save(scope, writeSettings(values, undefined), 0n)
    return { scope, path: `/v2/domain/${domain}/project/${scope.project}/settings` }
  }

  test('one is set for all, and inherited by a project', async () => {
    const { scope, path } = await freshProject()
    const page = await site.open(path)
    await line(page, 'run.default_queue').getByText('not set').waitFor()
    await level(page, 'All')
    await page.waitForURL('**/settings?level=org')
    await line(page, 'run.default_queue').click()
    await page.waitForURL('**/settings?level=org&edit=run.default_queue')
    await page.getByRole('radio', { name: 'This value' }).check()
    await page.getByRole('textbox', { name: 'run.default_queue' }).fill('nightly')
    await save(page)
    await line(page, 'run.default_queue').getByText('set here').waitFor()
    await page.getByText('Version 1.').waitFor()
    await level(page, scope.project)
    await line(page, 'run.default_queue').getByText('nightly').waitFor()
    await line(page, 'run.default_queue').getByText('from all projects').waitFor()
  })

  test('each kind of value has a form that suits it', async () => {
    const { scope, path } = await freshProject()
    const page = await site.open(path)
    const edit = async (name: string) => {
      await line(page, name).click()
      await page.getByRole('radio', { name: /^These entries|^This value/ }).check()
    }
    await edit('run.max_action_concurrency')
    await page.getByRole('textbox', { name: 'run.max_action_concurrency' }).fill('many')
    await save(page)
    await page.getByRole('alert').getByText('It has to be a whole number').waitFor()
    await page.getByRole('textbox', { name: 'run.max_action_concurrency' }).fill('50')
    await save(page)
    await line(page, 'run.max_action_concurrency').getByText('50').waitFor()

    await edit('labels')
    await page.getByRole('textbox', { name: 'Name 1' }).fill('team')
    await page.getByRole('textbox', { name: 'Value 1' }).fill('two words')
    await save(page)
    // The server knows what labels may be.
    await page
      .getByRole('dialog')
      .getByText(/settings\.labels\["team"\]/)
      .waitFor()
    await page.getByRole('textbox', { name: 'Value 1' }).fill('data')
    await page.getByRole('button', { name: 'Add an entry' }).click()
    await page.getByRole('textbox', { name: 'Name 2' }).fill('tier')
    await page.getByRole('textbox', { name: 'Value 2' }).fill('one')
    await save(page)
    await line(page, 'labels').getByText('tier=one').waitFor()

    await edit('app.disallow_anonymous')
    await page.getByRole('combobox').selectOption('false')
    await save(page)
    await line(page, 'app.disallow_anonymous').getByText('false').waitFor()

    await edit('task_resource.max.memory')
    await page.getByRole('textbox', { name: 'task_resource.max.memory' }).fill('12Gi')
    await save(page)
    await line(page, 'task_resource.max.memory').getByText('12Gi').waitFor()
    const levels = await site.client.settings.levels(scope)
    expect(levels.at(-1)?.settings).toMatchObject({
      run: { maxActionConcurrency: { state: SettingState.VALUE, intValue: 50n } },
      labels: { mapValue: { entries: { team: 'data', tier: 'one' } } },
    })
  })

  test('one may have no value, whatever is inherited, and be inherited again', async () => {
    const { scope, path } = await freshProject({}, 'staging')
    const ofDomain = writeSettings(new Map([['run.default_queue', 'nightly']]), undefined)
    await site.client.settings.save({ domain: scope.domain }, ofDomain, 0n)
    const page = await site.open(`${path}?edit=run.default_queue`)
    await page.getByText('nightly from every project in staging').waitFor()
    await page.getByRole('radio', { name: 'No value' }).check()
    await save(page)
    await line(page, 'run.default_queue').getByText('no value').waitFor()
    await line(page, 'run.default_queue').click()
    await page.getByRole('radio', { name: /^Inherit/ }).check()
    await save(page)
    await line(page, 'run.default_queue').getByText('from staging').waitFor()
  })

  test('what somebody else has changed meanwhile is not overwritten unseen', async () => {
    const { scope, path } = await freshProject({ labels: { tier: 'one' } })
    const page = await site.open(`${path}?edit=pod_template_name`)
    await page.getByRole('radio', { name: 'This value' }).check()
    await page.getByRole('textbox', { name: 'pod_template_name' }).fill('mine')
    const [, , own] = await site.client.settings.levels(scope)
    const others = { pod_template_name: 'theirs', labels: { tier: 'two' } }
    const theirs = writeSettings(new Map<string, SettingValue>(Object.entries(others)), own!.settings)
    await site.client.settings.save(scope, theirs, own!.version)
    await save(page)
    await page.getByRole('alert').getByText('Somebody else has changed these settings meanwhile.').waitFor()
    await page.getByRole('alert').getByText('theirs').waitFor()
    await page.getByRole('button', { name: 'Save over it' }).click()
    await line(page, 'pod_template_name').getByText('mine').waitFor()
    // What they did to others stays.
    await line(page, 'labels').getByText('tier=two').waitFor()
  })

  test('what is saved late closes no other form', async () => {
    const { path } = await freshProject()
    const page = await site.open(`${path}?edit=run.default_queue`)
    let answer = () => {}
    const isWanted = new Promise<void>((resolve) => {
      answer = resolve
    })
    await page.route('**/flyteidl2.settings.SettingsService/CreateSettings', async (route) => {
      await isWanted
      await route.continue()
    })
    await page.getByRole('radio', { name: 'This value' }).check()
    await page.getByRole('textbox', { name: 'run.default_queue' }).fill('nightly')
    await save(page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await line(page, 'labels').click()
    await page.waitForURL('**/settings?edit=labels')
    answer()
    // It is behind the form, where only eyes reach it.
    await page.locator('button', { hasText: 'run.default_queue' }).getByText('nightly').waitFor()
    expect(page.url()).toMatch(/edit=labels$/)
    await page.getByRole('dialog', { name: 'labels' }).waitFor()
  })

  test('the same can be typed', async () => {
    const { scope, path } = await freshProject({ 'run.max_action_concurrency': 5, labels: { team: 'data' } })
    const page = await site.open(path)
    await page.getByRole('button', { name: 'Copy as' }).click()
    await page.getByRole('menuitem', { name: 'CLI command' }).click()
    const copied = () => page.evaluate('navigator.clipboard.readText()')
    await expect
      .poll(copied)
      .toMatch(new RegExp(`^tern get settings --endpoint \\S+ -p ${scope.project} -d development$`))
    await line(page, 'run.max_action_concurrency').click()
    await page.getByRole('textbox', { name: 'run.max_action_concurrency' }).fill('7')
    await page.getByRole('button', { name: 'Copy as CLI' }).click()
    await expect.poll(copied).toMatch(/^tern edit settings .* --version \d+ --from-file - <<'END'\n/)
    expect(await copied()).toContain('run.max_action_concurrency: 7\n')
    expect(await copied()).toContain('labels: {"team":"data"}\n')
  })

  test('a project is renamed, described, archived and made active again', async () => {
    await site.client.projects.create({ id: 'etl', name: 'etl' })
    const page = await site.open('/v2/domain/development/project/etl/settings')
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await page.waitForURL('**/settings?edit=project')
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Nightly imports')
    await page.getByRole('textbox', { name: 'Description' }).fill('What comes in at night')
    await page.getByRole('textbox', { name: 'Name 1' }).fill('team')
    await page.getByRole('textbox', { name: 'Value 1' }).fill('data')
    await save(page)
    await page.getByText('Nightly imports').first().waitFor()
    await page.getByText('team=data').waitFor()
    await page.getByRole('button', { name: 'Archive' }).click()
    await page.getByRole('button', { name: 'Archive the project' }).click()
    await page.getByText('It is archived: it keeps what it has').waitFor()
    await page.getByRole('button', { name: 'Make active' }).click()
    await page.getByRole('button', { name: 'Archive' }).waitFor()
    expect(await site.client.projects.get('etl')).toMatchObject({
      name: 'Nightly imports',
      description: 'What comes in at night',
      labels: { values: { team: 'data' } },
      state: 0,
    })
  })

  test('where there are no settings, and where they may not be seen, that is said', async () => {
    const page = await site.open('/')
    await page.getByRole('link', { name: 'Settings' }).waitFor()
    const allow = await refuseService(page, 'flyteidl2.settings.SettingsService', 'unimplemented')
    await page.keyboard.press('g')
    await page.keyboard.press(',')
    await page.getByRole('heading', { name: 'This server has no settings' }).waitFor()
    // The project is there all the same.
    await page.getByRole('button', { name: 'Archive' }).waitFor()
    await allow()
    await refuseService(page, 'flyteidl2.settings.SettingsService', 'permission_denied')
    await page.reload()
    await page.getByRole('alert').getByText('You may not see this').waitFor()
  })

  test.each(['settings', 'settings?level=org', 'settings?edit=labels', 'settings?edit=project'])(
    '%s: everybody can use it',
    async (path) => {
      await site.expectAccessible(`${place}/${path}`, (page) => page.getByText('run.default_queue').first().waitFor())
    },
  )
})
