// Buttons for passkeys. They stay hidden where none can be used: without this script, in an old browser, or at an
// address that is a number, which no passkey can belong to.

const isNumber = /^(\[|[\d.]+$)/.test(location.hostname)
const { webauthnJSON } = window
const isPossible = webauthnJSON?.supported() && isSecureContext && !isNumber

async function options(form) {
  const url = form.dataset.optionsUrl
  if (!url) return JSON.parse(document.getElementById("passkey-options").textContent)
  const answer = await fetch(url, { headers: { Accept: "application/json" } })
  return answer.json()
}

// A passkey must be found by the device itself, or nobody could sign in by it without a name; allauth leaves that to us.
function create(options) {
  Object.assign(options.publicKey.authenticatorSelection, { residentKey: "required", requireResidentKey: true })
  return webauthnJSON.create(options)
}

async function ask(form) {
  const trouble = form.querySelector("[role=alert]")
  trouble.hidden = true
  try {
    const { creation_options: toCreate, request_options: toGet } = await options(form)
    const credential = await (toCreate ? create(toCreate) : webauthnJSON.get(toGet))
    form.elements.credential.value = JSON.stringify(credential)
    form.submit()
  } catch {
    trouble.hidden = false
  }
}

if (isPossible) {
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = false
    form.querySelector("button").addEventListener("click", () => ask(form))
  }
  for (const said of document.querySelectorAll("[data-no-passkey]")) said.hidden = true
}
