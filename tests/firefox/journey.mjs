// One journey through the site in Firefox, over WebDriver BiDi. Which, and with what, comes as JSON on standard input. It
// says each page it reaches, and ends with 1 and the reasons where something is amiss.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

const told = JSON.parse(readFileSync(0, 'utf8'))
const { default: puppeteer } = await import(told.puppeteer)

const PHONE = { width: 390, height: 844 }
const ENLARGED = { width: 320, height: 256, deviceScaleFactor: 4 } // 1280 x 1024 px at 400 %
const MOST_STOPS = 400
const DARK = { 'layout.css.prefers-color-scheme.content-override': 0 }
const hasScripts = told.journey !== 'call-back'
const amiss = []
let page

const JOURNEYS = {
  async risks() {
    await open('/')
    assert(await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"), 'It is not dark.')
    await follow('What is balloon kyphoplasty?')
    await touch(await find('details.toc summary'))
    await follow('What are the risks?')

    const risks = await find('#risks')
    assert(await risks.isIntersectingViewport(), 'The risks are not in sight.')
    assert.match(await risks.evaluate(at => at.innerText), /Cement in the lungs/)
  },

  async 'call-back'() {
    await open('/')
    await follow('Ask us to call you')
    await type('name', 'Jo Larkspur')
    await type('phone', '12')
    await tick('consent')
    await press('Check my answers')
    assert.match(await words('[role=alert]'), /Some digits seem to be missing/)
    await follow('Check the phone number. Some digits seem to be missing.')
    await type('phone', '07700 900123')
    await press('Check my answers')
    assert.match(await words('main'), /07700/)
    await press('Ask us to call me')
    assert(await reference(), 'No reference is shown.')
    await follow('Withdraw my request')
    await press('Yes, withdraw my request')

    assert.match(await words('main'), /You have withdrawn your request/)
    assert(!(await isUpgraded()), 'Scripts were run.')
  },

  async question() {
    await open('/')
    await arrive(() => enter('Send a question'))
    for (const [label, answer] of [
      ['Your full name', 'Jo Larkspur'],
      ['Email', 'jo@larkspur.example'],
      ['Your question', 'Could this help my mother?'],
    ]) {
      await reach(label)
      await page.keyboard.type(answer)
    }
    await reach('You may use what I type here')
    await page.keyboard.press(' ')
    await arrive(() => enter('Check my answers'))
    assert.match(await words('main'), /Could this help my mother\?/)
    await arrive(() => enter('Send my question'))

    assert(await reference(), 'No reference is shown.')
    assert(await isUpgraded(), 'No scripts were run.')
  },

  async desk() {
    await open('/admin/')
    await type('login', told.staff.username)
    await type('password', told.staff.password)
    await press('Sign in')
    await type('code', told.staff.code)
    await press('Go on')
    assert.equal(await words('h1'), 'What needs you now')
    await press('Take the next call')
    assert.match(await words('#content'), /Jo Larkspur/)
    await type('note', 'She is back at six.')
    await press('Spoke to them')

    assert.match(await words('.messagelist'), /Nobody waits for a call just now/)
  },
}

const find = async where => (await page.$(where)) ?? assert.fail(`Nothing on the page is ${where}.`)
const called = (role, name) => find(`::-p-aria([name="${name}"][role="${role}"])`)
const words = async where => (await find(where)).evaluate(at => at.innerText.trim())
const reference = async () => (await find('[data-reference]')).evaluate(at => at.dataset.reference)
const isUpgraded = () => page.evaluate("Boolean(customElements.get('copy-button'))") // by a script of that page
const open = path => arrive(() => page.goto(told.site + path), true)
const follow = name => arrive(async () => touch(await called('link', name)))
const press = name => arrive(async () => touch(await called('button', name)))

// Where the bar under the thumb does not cover it.
async function touch(what, how) {
  await what.evaluate(at => at.scrollIntoView({ block: 'center', behavior: 'instant' }))
  await what.click(how)
}

async function type(name, answer) {
  const box = await find(`main [name=${name}], #content [name=${name}]`)
  await touch(box, { count: 3 }) // what stands there is marked, and typed over
  await box.type(answer)
}

async function tick(name) {
  await touch(await find(`main [name=${name}]`))
}

async function enter(name) {
  await reach(name)
  await page.keyboard.press('Enter')
}

// By Tab alone. Every stop on the way must be seen to have the focus.
async function reach(name) {
  for (let stops = 0; stops < MOST_STOPS; stops++) {
    await page.keyboard.press('Tab')
    const focus = await page.evaluate(`(${told.focus})()`)
    if (focus && !(focus.isMarked && focus.isInFront)) amiss.push(`focus not seen: ${focus.name}`)
    if (await page.evaluate(isCalled, name)) return
  }
  assert.fail(`Tab does not reach “${name}”.`)
}

function isCalled(name) {
  const at = document.activeElement
  return at !== document.body && [...(at.labels ?? []), at].some(part => part.textContent.trim().startsWith(name))
}

// Do what leads to a page, and look at it as machines can: whether axe finds a fault, and whether it scrolls sideways.
async function arrive(deed, isWaitedFor = false) {
  await Promise.all([isWaitedFor || page.waitForNavigation(), deed()])
  const heading = await words('h1')
  console.log(`  ${heading}`)
  await page.evaluate(told.axe)
  await page.evaluate(`(${told.dress})(${JSON.stringify(['100%', told.still])})`)
  const found = await page.evaluate(`(${told.faults})(${JSON.stringify(told.rules)})`)
  await page.evaluate(`(${told.dress})(['100%', ''])`)
  for (const size of [ENLARGED, PHONE]) {
    await page.setViewport(size)
    assert.equal(await page.evaluate('innerWidth'), size.width)
    found.push(...(await page.evaluate(`(${told.sideways})()`)).map(what => `at ${size.width} px: ${what}`))
  }
  amiss.push(...found.map(what => `${heading}: ${what}`))
}

function watch() {
  const home = new URL(told.site).host
  page.on('request', request => {
    const { host, pathname, protocol } = new URL(request.url())
    if (protocol !== 'data:' && host !== home) amiss.push(`asked for ${request.url()}`)
    const isScript = pathname.endsWith('.js')
    if (!hasScripts) isScript ? request.abort() : request.continue()
  })
  page.on('response', response => {
    if (response.status() >= 400) amiss.push(`${response.status()} for ${response.url()}`)
  })
  page.on('console', said => {
    if (['error', 'warn'].includes(said.type())) amiss.push(`console: ${said.text()}`)
  })
  page.on('pageerror', error => amiss.push(`script error: ${error.message}`))
}

const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: told.firefox,
  defaultViewport: PHONE,
  extraPrefsFirefox: told.journey === 'risks' ? DARK : {},
})
try {
  page = await browser.newPage()
  watch()
  // With JavaScript off Firefox answers no driver, and our pages have no script but in files: so those are refused.
  await page.setRequestInterception(!hasScripts)
  await JOURNEYS[told.journey]()
} catch (error) {
  amiss.push(error.message)
} finally {
  await browser.close()
}
for (const what of amiss) console.error(`  ${what}`)
process.exitCode = Number(amiss.length > 0)
