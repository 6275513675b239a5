// A row that Django's own script adds takes the focus, and is said aloud. That script's link stands for the button that
// adds a row without any.

for (const plain of document.querySelectorAll("[data-plain]")) plain.remove()

document.addEventListener("formset:added", ({ target: row, detail }) => {
  const heading = document.getElementById(`${detail.formsetName}-heading`).textContent.trim()
  const status = document.querySelector("#content > [role=status]")
  // Once the row is whole: a box that finds as you type is put in the place of its list by another listener.
  setTimeout(() => {
    const box = row.querySelector("input:not([type=hidden]), select, textarea")
    const finds = box.nextElementSibling?.querySelector("[role=combobox], .select2-search__field")
    ;(finds ?? box).focus()
    status.textContent = `${heading}: a row is added. It is not saved yet.`
  })
})
