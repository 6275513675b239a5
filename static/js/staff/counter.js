// While somebody types: how many characters are left, and how a long text reads. The numbers come from the server, which
// has the one rule for them; they are asked for after a pause, and said aloud then and not at each key.
// Without this script, the characters left are not told, and how a text reads stands there once it is saved.

const PAUSE = 1000
const SHORTEST = 60
const FEW = 40
const content = document.querySelector("#content")
const status = Object.assign(document.createElement("p"), { className: "visually-hidden" })
status.setAttribute("role", "status")
content?.append(status)

function place(box) {
  const help = document.getElementById(`${box.id}_helptext`)
  const known = help?.querySelector("[data-counter]")
  if (known) return known
  const made = Object.assign(document.createElement("p"), { className: "counter" })
  if (help) help.append(made)
  else box.after(made)
  return made
}

// Told where somebody types, or where little room is left: a form full of numbers helps nobody.
function left(box, isTyped) {
  const count = box.maxLength - box.value.length
  if (box.maxLength < SHORTEST || (!isTyped && count > FEW)) return ""
  return `${count} character${count === 1 ? "" : "s"} left.`
}

async function reading(box) {
  if (!box.dataset.readingAge) return ""
  const body = new FormData()
  body.set("csrfmiddlewaretoken", box.form.elements.csrfmiddlewaretoken.value)
  body.set("text", box.value)
  const answer = await fetch(box.dataset.readingAge, { method: "POST", body }).catch(() => null)
  return answer?.ok ? (await answer.json()).said : ""
}

function count(box) {
  const shown = place(box)
  let said = shown.textContent
  let waits = 0
  let isTyped = false
  const show = () => {
    shown.textContent = [left(box, isTyped), said].filter(Boolean).join(" ")
  }
  const tell = async () => {
    const asked = box.value
    const found = await reading(box)
    if (box.value !== asked) return
    said = found
    show()
    status.textContent = shown.textContent
  }
  box.addEventListener("input", () => {
    isTyped = true
    show()
    clearTimeout(waits)
    waits = setTimeout(tell, PAUSE)
  })
  show()
}

function countAll(place) {
  for (const box of place.querySelectorAll("textarea, input[type=text]")) {
    const isTemplate = box.closest(".empty-form")
    if (!isTemplate && (box.dataset.readingAge || box.maxLength >= SHORTEST)) count(box)
  }
}

for (const form of document.querySelectorAll("#content form")) countAll(form)
document.addEventListener("formset:added", ({ target: row }) => countAll(row))
