// What was typed and not saved: before a link, or another form's button, takes somebody away, the browser asks.
// A form's own buttons do not ask. Without this script, nothing does.

const said = (value) => (value instanceof File ? `${value.name} ${value.size}` : value)
const written = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, said(value)]))
let forms = []
let sent = null

// A page that came back refused, asks once more, or comes from a session that had ended, holds what nobody has saved yet.
const isUnsaved = (form) =>
  form.matches("[data-unsaved]") || document.querySelector("#content :is(.errorlist, .errornote, .asked)") !== null

function watch(form) {
  return { form, atFirst: isUnsaved(form) ? null : written(form) }
}

// Once the page is whole: the desk's own scripts fill in some boxes by then.
addEventListener("load", () => {
  const found = document.querySelectorAll('#content form:is([id$="_form"], :has(textarea), [data-unsaved])')
  forms = [...found].map(watch)
})
addEventListener("submit", (event) => {
  sent = event.target
})
addEventListener("pageshow", () => {
  sent = null
})
addEventListener("beforeunload", (event) => {
  if (forms.some(({ form, atFirst }) => form !== sent && written(form) !== atFirst)) event.preventDefault()
})
