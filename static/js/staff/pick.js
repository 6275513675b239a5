// Above a list of boxes to tick, a place to type: what does not hold the words goes away, save what is ticked.
for (const pick of document.querySelectorAll("[data-pick]")) {
  const label = document.createElement("label")
  const input = document.createElement("input")
  const said = document.createElement("span")
  const options = [...pick.querySelectorAll("label")]
  input.type = "search"
  input.autocomplete = "off"
  said.setAttribute("role", "status")
  label.className = "pick__find"
  label.append(`Find among ${options.length} ${pick.dataset.pick} `, input, said)
  pick.prepend(label)
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/)
    let shown = 0
    for (const option of options) {
      const holds = words.every((word) => option.textContent.toLowerCase().includes(word))
      option.parentElement.hidden = !holds && !option.querySelector("input").checked
      shown += holds
    }
    said.textContent = ` ${shown} found`
  })
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault()
  })
}
