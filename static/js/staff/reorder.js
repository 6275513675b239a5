// Moves blocks on the edition's page by dragging: letting go saves the draft, as the buttons Up and Down do.
// Without this script there are the buttons, and the numbers.

const list = document.querySelector("[data-reorder]")
const rows = () => [...list.querySelectorAll(":scope > [data-key]")]
const isSection = (row) => row.classList.contains("blocks__row--section")

// A section goes with all that belongs to it.
function group(row) {
  const all = rows()
  const start = all.indexOf(row)
  if (!isSection(row)) return [row]
  const end = all.findIndex((other, at) => at > start && isSection(other))
  return all.slice(start, end < 0 ? all.length : end)
}

// The new numbers, and which block to lead back to.
function save(row) {
  rows().forEach((each, at) => {
    each.querySelector("input[type=number]").value = at + 1
  })
  const moved = Object.assign(document.createElement("input"), { type: "hidden", name: "_move", value: row.dataset.key })
  list.append(moved)
  list.closest("form").requestSubmit()
}

let dragged = null
for (const row of rows()) {
  const handle = document.createElement("span")
  handle.className = "blocks__handle"
  handle.draggable = true
  handle.title = "Drag to move"
  handle.setAttribute("aria-hidden", "true")
  handle.textContent = "⠿"
  row.prepend(handle)
  handle.addEventListener("dragstart", (event) => {
    dragged = row
    event.dataTransfer.effectAllowed = "move"
    event.dataTransfer.setDragImage(row, 0, 0)
  })
  row.addEventListener("dragover", (event) => dragged && event.preventDefault())
  row.addEventListener("drop", (event) => {
    event.preventDefault()
    const moved = dragged ? group(dragged) : []
    if (!moved.length || moved.includes(row)) return
    const isBelow = rows().indexOf(row) > rows().indexOf(dragged)
    if (isBelow) row.after(...moved)
    else row.before(...moved)
    save(dragged)
  })
  handle.addEventListener("dragend", () => {
    dragged = null
  })
}
